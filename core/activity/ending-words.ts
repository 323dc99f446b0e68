import { ownValue } from "#core/own-value.ts";
import type { RequestEvent } from "./request-event.ts";

type Ending = Pick<RequestEvent, "ended" | "status" | "errorType" | "stopReason">;

/**
 * Refusals of CCO itself, by the code they are recorded under. The words say what the caller was over, not which fault
 * there was.
 */
const refusals: Readonly<Record<string, string>> = {
  "key.not-for-this": "the key or its owner may not use this endpoint",
  "key.model-not-allowed": "the model is not among those the key, its owner, team or project may ask for",
  "key.too-fast": "the requests of this minute were used up",
  "key.too-many-open": "as many requests were open as may be at once",
  "key.budget-taken": "the requests under way could use up the rest of the month's budget",
  "key.budget-spent": "the month's budget was spent",
};

/** How a request ended, in one sentence. Cancelling is not a failure. */
export function endingSentence({ ended, status, errorType, stopReason }: Ending): string {
  const refusal = errorType === null ? undefined : ownValue(refusals, errorType);
  if (ended === "error" && refusal !== undefined) return `Refused by CCO with ${status}: ${refusal}.`;
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
