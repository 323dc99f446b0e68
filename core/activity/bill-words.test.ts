import { expect, it } from "vitest";
import { billedPartWords } from "./bill-words.ts";

const part = (kind: string, model: string) => ({ kind, model, promptTokens: 1, outputTokens: 1, costNanoUsd: null });

it("names what each part of a bill was for, and an attempt that a fallback took over as given up", () => {
  const bill = [part("message", "a"), part("fallback_message", "b"), part("compaction", "b"), part("odd_message", "c")];

  expect(bill.map((one) => billedPartWords(one, bill))).toEqual([
    "Attempt, given up",
    "Answer, as a fallback",
    "Summary of the conversation",
    "odd_message",
  ]);
  expect(billedPartWords(part("message", "a"), [part("message", "a"), part("advisor_message", "b")])).toBe("Answer");
});
