import type { Ended } from "#core/activity/request-event.ts";

/** Facts from which the ending of a request is derived. */
interface EndingFacts {
  status: number;
  /** The response was received to its proper end: `message_stop`, or the whole of a body that is no stream. */
  isComplete: boolean;
  /** An `error` event arrived in the stream, or an error as the whole of a response whose status names none. */
  sawError: boolean;
  clientLeft: boolean;
  /** The upstream closed the connection after the response began and before it was complete. */
  upstreamBroke: boolean;
}

/**
 * Classifies how a request ended. A complete response stays complete even if the caller disconnected right after it;
 * cancelling is the caller's choice and no failure; an ending with neither is truncated.
 */
export function classifyEnding(facts: EndingFacts): Ended {
  if (facts.sawError) return "error";
  if (facts.upstreamBroke) return "truncated";
  if (facts.status >= 400 && facts.status !== 499) return "error";
  if (facts.isComplete) return "complete";
  return facts.clientLeft ? "cancelled" : "truncated";
}
