import { promptTokens } from "#core/costs/usage.ts";
import { estimatedTokens } from "./choose.ts";
import type { Pins } from "./pins.ts";
import type { Trip } from "./trip.ts";

/** Keeps what the served model has counted, so that the size of the session's next prompt need not be guessed. */
export function notePrompt({ choice, pin, meter, endpoint, requestBytes }: Trip, pins: Pins): void {
  if (choice?.kind !== "override" || pin === null || meter === null || endpoint !== "messages") return;
  const tokens = promptTokens(meter.tally.usage);
  if (tokens > 0) pins.notePrompt(pin.key, choice.served, { tokens, bytes: requestBytes });
}

/**
 * The tokens of this prompt by what the served model counted for the session's last one, and what has been added since;
 * null for a first prompt, and for one that has become shorter (compacted: which part went is not known).
 */
export function promptSinceLast({ choice, pin }: Trip, bytes: number, pins: Pins): number | null {
  const last = choice === null || pin === null ? null : pins.lastPrompt(pin.key, choice.served);
  return last === null || bytes < last.promptBytes
    ? null
    : last.promptTokens + estimatedTokens(bytes - last.promptBytes);
}
