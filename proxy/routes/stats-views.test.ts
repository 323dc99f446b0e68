import { expect, it } from "vitest";
import { addMoney, deriveMoney, type MoneyRow, type MoneySums, mergeMoney, noMoney } from "#core/costs/known-money.ts";
import { emptySums, emptyTotals, type LedgerStats } from "../ledger/stats.ts";
import type { ProxyContext } from "../process/proxy-context.ts";
import { machineView, overridesView, projectView } from "./stats-views.ts";

type Pair = LedgerStats["overridesByPair"][number];

function buildView(overridesByPair: Pair[]) {
  const overrides = overridesByPair.reduce((sum, { count }) => sum + count, 0);
  const money = noMoney();
  for (const one of overridesByPair) mergeMoney(money, one.money);
  const totals = { ...emptyTotals(), overrides, money: deriveMoney(money) };
  const context = {
    snapshot: () => ({ ruleSet: { enabled: true }, version: 1, prices: { priceVersion: "test" } }),
    ledger: { stats: () => ({ totals, overridesByPair }) },
  };
  return overridesView(context as unknown as ProxyContext);
}

function moneyOfOverrides(part: Partial<MoneyRow>): MoneySums {
  const amounts = { costNanoUsd: 0n, baselineNanoUsd: 0n, savedNanoUsd: 0n, avoidedNanoUsd: 0n, cacheHits: 0n };
  const sums = noMoney();
  addMoney(sums, { ...amounts, unpriced: 0n, billingMode: "metered", decision: "override", ...part });
  return sums;
}

const pair = (servedModel: string, count: number, unpriced: number, savedNanoUsd: bigint): Pair => ({
  requestedModel: "claude-opus-5-5",
  servedModel,
  count,
  unpriced,
  answered: count,
  money: moneyOfOverrides({ unpriced: BigInt(unpriced), savedNanoUsd, baselineNanoUsd: savedNanoUsd }),
});

it("reports null as the saving of a rule whose target has no price, with the number of its requests", () => {
  expect(buildView([pair("claude-unpriced-9", 4, 4, 0n)]).overrides_by_model?.["claude-opus-5-5"]).toMatchObject({
    cost_saved: null,
    unpriced: 4,
    targets: [{ model: "claude-unpriced-9", cost_saved: null, unpriced: 4 }],
  });
});

it("adds up the known savings and counts requests without one as unpriced", () => {
  expect(
    buildView([pair("claude-haiku-5-5", 6, 1, 18_500_000_000n), pair("claude-unpriced-9", 4, 4, 0n)])
      .overrides_by_model?.["claude-opus-5-5"],
  ).toMatchObject({ cost_saved: "$18.50", unpriced: 5, overridden_to: "claude-haiku-5-5", count: 10 });
});

it("reports zero dollars where every saving is known and zero", () => {
  expect(buildView([pair("claude-opus-4-8", 3, 0, 0n)]).overrides_by_model?.["claude-opus-5-5"]).toMatchObject({
    cost_saved: "$0.00",
    unpriced: 0,
  });
});

it("reports null for costs and savings without any known price, and a number as soon as one is known", () => {
  const buildViews = (unpriced: number) => {
    const cost = unpriced === 2 ? 0n : 5_000_000n;
    const money = moneyOfOverrides({ unpriced: BigInt(unpriced), costNanoUsd: cost, baselineNanoUsd: cost });
    const sums = { ...emptySums(), requests: 2, unpriced, money: deriveMoney(money) };
    const stats = {
      totals: { ...emptyTotals(), ...sums, overrides: 2 },
      overridesByPair: [pair("claude-unpriced-9", 2, unpriced, 0n)],
      byProject: [{ project: "checkout", ...sums }],
      byModel: [{ model: "claude-unpriced-9", ...sums }],
      byDay: [{ day: "2026-11-28", ...sums }],
      windows: {
        all: { current: sums, previous: emptySums() },
        byProject: [{ project: "checkout", current: sums, previous: emptySums() }],
      },
      asOfMs: Date.UTC(2026, 10, 28),
    };
    const context = { ledger: { stats: () => stats } } as unknown as ProxyContext;
    return { machine: machineView(context), project: projectView(context, "checkout") };
  };

  const { machine, project } = buildViews(2);
  expect(machine).toMatchObject({ totalCost: null, totalSaved: null, totalPlanValue: 0, unpricedCalls: 2 });
  expect([machine.projects[0]?.cost, machine.models[0]?.cost, project.cost]).toEqual([null, null, null]);
  expect(machine.chartData.costOverTime).toEqual([{ date: "2026-11-28", cost: null }]);
  expect(buildViews(1).machine).toMatchObject({ totalCost: 0.005, totalSaved: 0, unpricedCalls: 1 });
  expect(buildViews(1).project.cost).toBe(0.005);
  expect([project.costTrend, buildViews(1).project.costTrend]).toEqual([
    null,
    { value: expect.any(Number), period: "24h" },
  ]);
});

it("reports no total of savings where none is known, beside requests with a price", () => {
  expect(buildView([pair("claude-unpriced-9", 4, 4, 0n)]).total_cost_saved).toBeNull();
  expect(buildView([pair("claude-opus-4-8", 3, 0, 0n)]).total_cost_saved).toBe("$0.00");
});
