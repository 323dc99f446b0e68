import type { RequestEvent } from "./request-event.ts";

type Ending = Pick<RequestEvent, "ended" | "status" | "errorType" | "stopReason">;

/** How a request ended, in one sentence. Cancelling is nobody's failure. */
export function endingSentence({ ended, status, errorType, stopReason }: Ending): string {
  const kind = errorType === null ? "" : ` ${errorType}`;
  switch (ended) {
    case "complete":
      return stopReason === null
        ? `Complete, status ${status}.`
        : `Complete, status ${status}, stopped at ${stopReason}.`;
    case "error":
      return `Ended with an error: status ${status}${kind}.`;
    case "truncated":
      return `The provider broke off in mid-answer${kind === "" ? "" : ` (${errorType})`}. What was delivered is counted.`;
    case "cancelled":
      return "The caller left before the answer was over. What was delivered is counted.";
    case "interrupted":
      return "The proxy stopped while the request was open; what it cost is not known.";
  }
}
