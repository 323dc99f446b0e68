import type { BilledPart } from "./request-view.ts";

const WORDS: Readonly<Record<string, string>> = {
  message: "Answer",
  compaction: "Summary of the conversation",
  advisor_message: "Advice",
  fallback_message: "Answer, as a fallback",
};

/**
 * Words for what a part of a bill was for. An answer beside a fallback of another model is an attempt that the provider
 * gave up. A kind that is not known here is named as the provider does.
 */
export function billedPartWords({ kind, model }: BilledPart, bill: readonly BilledPart[]): string {
  const fallback = bill.find((part) => part.kind === "fallback_message");
  if (kind === "message" && fallback !== undefined && fallback.model !== model) return "Attempt, given up";
  return WORDS[kind] ?? kind;
}
