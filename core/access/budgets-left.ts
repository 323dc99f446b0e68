import type { KeyLimits } from "./key-limits.ts";

/** A holder's monthly budget and what is spent of it. Dollars and plan value are never added. */
export interface BudgetLeft {
  kind: "dollars" | "plan";
  limitNanoUsd: bigint;
  spentNanoUsd: bigint;
  /** Never below zero: spending beyond the budget is not a debt. */
  leftNanoUsd: bigint;
  /** Spent divided by the limit; above 1 when overspent. */
  share: number;
}

/** Computes the remainder of each budget in these limits; empty without a budget. */
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
