import { describe, expect, it } from "vitest";
import { findBudgetsLeft } from "./budgets-left.ts";

const priced = { unpriced: 0, planUnpriced: 0 };
const limits = { monthlyBudgetNanoUsd: 50_000_000_000, monthlyPlanNanoUsd: 10_000_000_000 };

describe("what is left of a month's budgets", () => {
  it("keeps dollars and plan value apart, exact to the nano-dollar, each with the requests it lacks", () => {
    expect(
      findBudgetsLeft(limits, {
        costNanoUsd: "12400000001",
        planValueNanoUsd: "9999999999",
        unpriced: 7,
        planUnpriced: 2,
      }),
    ).toEqual([
      {
        kind: "dollars",
        limitNanoUsd: 50_000_000_000n,
        spentNanoUsd: 12_400_000_001n,
        leftNanoUsd: 37_599_999_999n,
        share: 0.24800000002,
        unpriced: 5,
      },
      {
        kind: "plan",
        limitNanoUsd: 10_000_000_000n,
        spentNanoUsd: 9_999_999_999n,
        leftNanoUsd: 1n,
        share: 0.9999999999,
        unpriced: 2,
      },
    ]);
  });

  it("leaves nothing, never less, when more was spent than the budget", () => {
    const [dollars] = findBudgetsLeft(limits, { costNanoUsd: "60000000000", planValueNanoUsd: "0", ...priced });
    expect(dollars).toMatchObject({ leftNanoUsd: 0n, share: 1.2 });
  });

  it("counts what a budget is raised by, and raises none that does not exist", () => {
    const spent = { costNanoUsd: "60000000000", planValueNanoUsd: "0", ...priced };
    const raisedBy = { dollars: 20_000_000_000, plan: 5 };
    expect(findBudgetsLeft({ ...limits, monthlyPlanNanoUsd: null }, { ...spent, raisedBy })).toMatchObject([
      { kind: "dollars", limitNanoUsd: 70_000_000_000n, leftNanoUsd: 10_000_000_000n },
    ]);
  });

  it("lists no budget where there is none", () => {
    const none = { monthlyBudgetNanoUsd: null, monthlyPlanNanoUsd: null };
    expect(findBudgetsLeft(none, { costNanoUsd: "1", planValueNanoUsd: "1", ...priced })).toEqual([]);
  });
});
