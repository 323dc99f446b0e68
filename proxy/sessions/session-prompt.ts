import { promptTokens } from "#core/costs/usage.ts";
import type { RequestContext } from "../request/context.ts";
import { estimatedTokens } from "../request/decide.ts";
import type { Pins } from "./pins.ts";

/** Keeps the tokens the served model has counted. The size of the session's next prompt then need not be guessed. */
export function notePrompt({ choice, decided, delivery, endpoint }: RequestContext, pins: Pins): void {
  const pin = decided?.pin ?? null;
  const { meter, requestBytes } = delivery;
  if (choice?.kind !== "override" || pin === null || meter === null || endpoint !== "messages") return;
  const tokens = promptTokens(meter.tally.usage);
  const prompt = pins.findPrompt(pin.key, choice.served);
  if (tokens === 0 || prompt === null) return;
  prompt.promptTokens = tokens;
  prompt.promptBytes = requestBytes;
}

/**
 * Estimates the tokens of this prompt from the session's last one. It takes what the served model counted for that one,
 * and the bytes added since. Null for a first prompt, and for one that has become shorter (compacted: which part went
 * is not known).
 */
export function promptSinceLast({ choice, decided }: RequestContext, bytes: number, pins: Pins): number | null {
  const pin = decided?.pin ?? null;
  const last = choice === null || pin === null ? null : pins.findPrompt(pin.key, choice.served);
  if (last === null || last.promptTokens === 0 || bytes < last.promptBytes) return null;
  return last.promptTokens + estimatedTokens(bytes - last.promptBytes);
}
