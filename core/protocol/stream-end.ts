import type { Ended } from "#core/activity/request-event.ts";

/** The facts an ending is told by. */
interface EndingFacts {
  status: number;
  /** The answer came to its proper end: `message_stop`, or the whole of a body that is no stream. */
  isComplete: boolean;
  /** An `error` event arrived in the stream. */
  sawErrorEvent: boolean;
  clientLeft: boolean;
  /** The upstream broke off after it had begun to answer, and before the answer was whole. */
  upstreamBroke: boolean;
}

/**
 * How a request ended. A complete answer stays complete even if the caller hung up right after it; cancelling is the
 * caller's choice and no failure; what broke off without either is truncated.
 */
export function endingOf(facts: EndingFacts): Ended {
  if (facts.sawErrorEvent) return "error";
  if (facts.upstreamBroke) return "truncated";
  if (facts.status >= 400 && facts.status !== 499) return "error";
  if (facts.isComplete) return "complete";
  return facts.clientLeft ? "cancelled" : "truncated";
}
