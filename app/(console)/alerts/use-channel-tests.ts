"use client";

import { useState } from "react";
import { ApiError, sendJson } from "#app/_data/get-json.ts";
import { formatDuration } from "#core/report/format.ts";
import type { TestOutcome } from "./queries.ts";

/** Test messages to channels, with the outcome of each by its id: "running" until there is one. */
export function useChannelTests() {
  const [outcomes, setOutcomes] = useState<Record<string, TestOutcome | "running">>({});
  const note = (id: string, outcome: TestOutcome | "running") => setOutcomes((now) => ({ ...now, [id]: outcome }));
  const test = async (id: string): Promise<void> => {
    note(id, "running");
    try {
      note(id, await sendJson<TestOutcome>("POST", `/api/alerts/channels/${encodeURIComponent(id)}/test`));
    } catch (error) {
      const problem = error instanceof ApiError ? error.message : "The console did not answer. Try again.";
      note(id, { isSent: false, isInPart: false, tookMs: 0, problem });
    }
  };
  const isBusy = Object.values(outcomes).includes("running");
  return { outcomes, isBusy, test: (ids: readonly string[]) => void Promise.all(ids.map(test)) };
}

/** The outcome of a test in words. */
export function testWords(outcome: TestOutcome | "running"): string {
  if (outcome === "running") return "Sending a test …";
  const { isSent, isInPart, tookMs, problem } = outcome;
  if (isSent) return `Test delivered in ${formatDuration(tookMs)}.`;
  const why = problem ?? "the receiver did not say why.";
  return isInPart ? `Test delivered in part, ${formatDuration(tookMs)}: ${why}` : `Test not delivered: ${why}`;
}
