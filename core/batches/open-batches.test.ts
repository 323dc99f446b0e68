import { expect, it } from "vitest";
import { openBatchesText, openBatchesTitle, sumOpenBatches } from "./open-batches.ts";

const pending = { state: "pending", isInPart: false, estimateNanoUsd: 1_500_000_000n } as const;
const ended = { ...pending, state: "ended" } as const;

it("says nothing without an open batch", () => {
  expect(openBatchesTitle(sumOpenBatches([]))).toBeNull();
});

it("counts each batch in one way, and names the estimate and what is missing in it", () => {
  const open = sumOpenBatches([pending, ended, { ...ended, isInPart: true }, { ...ended, estimateNanoUsd: null }]);
  expect(openBatchesTitle(open)).toBe("4 batches: 1 pending, 2 never fetched, 1 fetched in part");
  expect(openBatchesText(open)).toBe(
    "An estimate of at most $4.50 is in no total, without 1 batch of unknown cost. Costs are booked when the results are fetched through CCO.",
  );
});

it("says of one batch of unknown cost that nothing is known", () => {
  const open = sumOpenBatches([{ ...pending, estimateNanoUsd: null }]);
  expect(openBatchesTitle(open)).toBe("1 batch: 1 pending");
  expect(openBatchesText(open)).toContain("Nothing is known of what it costs.");
});
