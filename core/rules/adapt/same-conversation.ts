import type { Capabilities } from "#core/costs/catalogue.ts";
import type { AdaptInput } from "./adaptation.ts";

/** What decides whether the served model takes the messages, blocks and tools that the asked one takes. */
const DECIDING = [
  ...(["prefill", "systemRoleMessages", "perMessageEffort"] as const),
  ...(["toolSearch", "computerTool", "structuredOutputs"] as const),
];

/**
 * True when the served model takes whatever conversation and tools the asked one takes: then nothing in them has to be looked
 * for, and the largest part of the body stays unread. What the asked model would have refused, the served one refuses as well.
 */
export function takesSameConversation({ requested, target, promptTokensEstimate }: AdaptInput): boolean {
  const asked = requested?.capabilities ?? null;
  const served = target.capabilities;
  // Without an estimate the pictures have to be counted.
  if (requested === null || asked === null || served === null || promptTokensEstimate === null) return false;
  if (DECIDING.some((name) => asked[name] === null || asked[name] !== served[name])) return false;
  if (asked.prefill === "thinking_off" && !thinksAlike(asked, served)) return false;
  const [most, mostServed] = [requested.maxImagesOrPages, target.maxImagesOrPages];
  return most !== null && mostServed !== null && mostServed >= most;
}

/** Whether an answer that was begun may be continued then hangs on the same options of the request for both. */
function thinksAlike(asked: Capabilities, served: Capabilities): boolean {
  return asked.thinkingDefault === served.thinkingDefault && asked.thinking.join() === served.thinking.join();
}
