/** What can be asked of the end of a request, in the order it is offered. A request may be several of them. */
export const outcomes = ["overridden", "skipped", "fallback", "cached", "failed"] as const;
export type Outcome = (typeof outcomes)[number];

/** Short enough for a table; the sentence behind each is in `decision-words.ts`. */
export const outcomeWords: Readonly<Record<Outcome, string>> = {
  overridden: "Overridden",
  skipped: "Rule skipped",
  fallback: "Fallback",
  cached: "From the cache",
  failed: "Failed",
};
