import type { Capabilities } from "#core/costs/catalogue.ts";
import { HAZARDS } from "../hazards/registry.ts";
import type { AdaptInput } from "./adaptation.ts";

/**
 * Capabilities that decide whether the served model accepts the messages, blocks and tools the requested one accepts.
 */
const DECIDING = [...new Set(HAZARDS.flatMap(({ inside }) => inside?.capabilities ?? []))];

/**
 * Whether the served model accepts every conversation and tool the requested one accepts. Then they need no inspection,
 * and the largest part of the body stays unread. What the requested model would have refused, the served one refuses as
 * well.
 */
export function takesSameConversation({ requested, target, promptTokensEstimate }: AdaptInput): boolean {
  const asked = requested?.capabilities ?? null;
  const served = target.capabilities;
  // Without an estimate the pictures have to be counted.
  if (requested === null || asked === null || served === null || promptTokensEstimate === null) return false;
  for (const name of DECIDING) if (asked[name] === null || asked[name] !== served[name]) return false;
  if (asked.prefill === "thinking_off" && !thinksAlike(asked, served)) return false;
  const [most, mostServed] = [requested.maxImagesOrPages, target.maxImagesOrPages];
  return most !== null && mostServed !== null && mostServed >= most;
}

/** Whether continuing a prefilled response depends on the same request options for both models. */
function thinksAlike(asked: Capabilities, served: Capabilities): boolean {
  return asked.thinkingDefault === served.thinkingDefault && asked.thinking.join() === served.thinking.join();
}
