import type { KeyLimits } from "./key-limits.ts";

/** A month's budget of one holder beside what is spent of it. Dollars and plan value are never added. */
export interface BudgetLeft {
  kind: "dollars" | "plan";
  limitNanoUsd: bigint;
  spentNanoUsd: bigint;
  /** Never below zero: what was spent beyond the budget is not owed. */
  leftNanoUsd: bigint;
  /** Spent over limit; above 1 when more was spent. */
  share: number;
}

/** What is left of the budgets that these limits hold; none when they hold no budget. */
export function findBudgetsLeft(
  limits: Pick<KeyLimits, "monthlyBudgetNanoUsd" | "monthlyPlanNanoUsd">,
  spent: { costNanoUsd: string | null; planValueNanoUsd: string | null },
): BudgetLeft[] {
  return [
    budgetLeft("dollars", limits.monthlyBudgetNanoUsd, BigInt(spent.costNanoUsd ?? 0)),
    budgetLeft("plan", limits.monthlyPlanNanoUsd, BigInt(spent.planValueNanoUsd ?? 0)),
  ].filter((budget) => budget !== null);
}

function budgetLeft(kind: BudgetLeft["kind"], limit: number | null, spentNanoUsd: bigint): BudgetLeft | null {
  if (limit === null) return null;
  const limitNanoUsd = BigInt(limit);
  const leftNanoUsd = spentNanoUsd >= limitNanoUsd ? 0n : limitNanoUsd - spentNanoUsd;
  return { kind, limitNanoUsd, spentNanoUsd, leftNanoUsd, share: Number(spentNanoUsd) / limit };
}
