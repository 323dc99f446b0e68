import type { BudgetUnit } from "./budget-raise.ts";
import type { KeyLimits } from "./key-limits.ts";

/** A holder's monthly budget and what is spent of it. Dollars and plan value are never added. */
export interface BudgetLeft {
  kind: BudgetUnit;
  /** With what it is raised by at this moment. */
  limitNanoUsd: bigint;
  /** Null where it is not known. A budget does not see such requests: all of it is left. */
  spentNanoUsd: bigint | null;
  /** Never below zero: spending beyond the budget is not a debt. */
  leftNanoUsd: bigint;
  /** Spent divided by the limit; above 1 when overspent. */
  share: number;
  /** Requests that would count for it, and do not because their price is not known. */
  unpriced: number;
}

/** Amounts of a month, as APIs carry them; null where the reader sees none, or the amount is not known. */
export interface SpentView {
  costNanoUsd: string | null;
  planValueNanoUsd: string | null;
  unpriced: number | null;
  /** Of those, the ones of subscription traffic. */
  planUnpriced: number | null;
  /** Nano-dollars by which the budgets are raised for a time; missing where neither is. */
  raisedBy?: Readonly<Record<BudgetUnit, number>>;
}

/** Computes the remainder of each budget in these limits; empty without a budget. */
export function findBudgetsLeft(
  limits: Pick<KeyLimits, "monthlyBudgetNanoUsd" | "monthlyPlanNanoUsd">,
  spent: SpentView,
): BudgetLeft[] {
  const planUnpriced = spent.planUnpriced ?? 0;
  return [
    budgetLeft("dollars", limits.monthlyBudgetNanoUsd, spent, (spent.unpriced ?? 0) - planUnpriced),
    budgetLeft("plan", limits.monthlyPlanNanoUsd, spent, planUnpriced),
  ].filter((budget) => budget !== null);
}

function budgetLeft(
  kind: BudgetUnit,
  base: number | null,
  { costNanoUsd, planValueNanoUsd, raisedBy }: SpentView,
  unpriced: number,
): BudgetLeft | null {
  if (base === null) return null;
  const limit = base + (raisedBy?.[kind] ?? 0);
  const spent = kind === "dollars" ? costNanoUsd : planValueNanoUsd;
  const limitNanoUsd = BigInt(limit);
  const seen = BigInt(spent ?? 0);
  const leftNanoUsd = seen >= limitNanoUsd ? 0n : limitNanoUsd - seen;
  const spentNanoUsd = spent === null ? null : seen;
  return { kind, limitNanoUsd, spentNanoUsd, leftNanoUsd, share: Number(seen) / limit, unpriced };
}
