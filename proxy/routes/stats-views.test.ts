import { expect, it } from "vitest";
import type { ProxyContext } from "../context.ts";
import { emptyTotals, type LedgerStats } from "../ledger/stats.ts";
import { overridesView } from "./stats-views.ts";

type Pair = LedgerStats["overridesByPair"][number];

function viewOf(overridesByPair: Pair[]) {
  const totals = { ...emptyTotals(), overrides: overridesByPair.reduce((sum, { count }) => sum + count, 0) };
  const context = {
    snapshot: () => ({ ruleSet: { enabled: true }, version: 1, catalogue: { priceVersion: "test" } }),
    ledger: { stats: () => ({ totals, overridesByPair }) },
  };
  return overridesView(context as unknown as ProxyContext).overrides_by_model;
}

const pair = (servedModel: string, count: number, unpriced: number, savedNanoUsd: bigint): Pair => ({
  requestedModel: "claude-opus-5-5",
  servedModel,
  count,
  unpriced,
  savedNanoUsd,
});

it("says null for the saving of a rule whose target has no price, and how many requests that is", () => {
  expect(viewOf([pair("claude-unpriced-9", 4, 4, 0n)])?.["claude-opus-5-5"]).toMatchObject({
    cost_saved: null,
    unpriced: 4,
    targets: [{ model: "claude-unpriced-9", cost_saved: null, unpriced: 4 }],
  });
});

it("adds up the savings that are known and counts the others beside them", () => {
  expect(
    viewOf([pair("claude-haiku-5-5", 6, 1, 18_500_000_000n), pair("claude-unpriced-9", 4, 4, 0n)])?.["claude-opus-5-5"],
  ).toMatchObject({ cost_saved: "$18.50", unpriced: 5, overridden_to: "claude-haiku-5-5", count: 10 });
});

it("says zero dollars where every saving is known and there is none", () => {
  expect(viewOf([pair("claude-opus-4-8", 3, 0, 0n)])?.["claude-opus-5-5"]).toMatchObject({
    cost_saved: "$0.00",
    unpriced: 0,
  });
});
