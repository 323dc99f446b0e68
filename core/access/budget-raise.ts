import type { KeyLimits } from "./key-limits.ts";
import { type HolderKind, toCounterName } from "./limit-holder.ts";

/** The two budgets that a holder may have, which are never added: dollars that are paid, and plan value. */
export const budgetUnits = ["dollars", "plan"] as const;
export type BudgetUnit = (typeof budgetUnits)[number];

/** A budget that is larger for a time. */
export interface BudgetRaise {
  kind: HolderKind;
  /** Id of the key or person; name of the team or project. */
  holder: string;
  unit: BudgetUnit;
  nanoUsd: number;
  /** First instant at which it no longer holds, epoch ms. */
  endsAtMs: number;
}

/** Amounts by which the budgets of a holder are raised. */
export type RaisedBy = Readonly<Record<BudgetUnit, number>>;

const NOT_RAISED: RaisedBy = { dollars: 0, plan: 0 };

/** What is raised at one instant, by holder. */
export class RaisesInForce {
  private readonly sums = new Map<string, Record<BudgetUnit, number>>();
  /** When the first of them ends; null while none is in force. */
  readonly nextEndMs: number | null;

  constructor(raises: readonly BudgetRaise[], nowMs: number) {
    let nextEndMs: number | null = null;
    for (const { kind, holder, unit, nanoUsd, endsAtMs } of raises) {
      if (endsAtMs <= nowMs) continue;
      nextEndMs = nextEndMs === null ? endsAtMs : Math.min(nextEndMs, endsAtMs);
      const name = toCounterName({ kind, id: holder });
      const sum = this.sums.get(name) ?? { ...NOT_RAISED };
      sum[unit] += nanoUsd;
      this.sums.set(name, sum);
    }
    this.nextEndMs = nextEndMs;
  }

  find(kind: HolderKind, id: string): RaisedBy {
    return this.sums.get(toCounterName({ kind, id })) ?? NOT_RAISED;
  }

  /** The limits with their budgets raised. A budget that does not exist is not raised: it would become one. */
  raise(kind: HolderKind, id: string, limits: KeyLimits): KeyLimits {
    const by = this.sums.get(toCounterName({ kind, id }));
    if (by === undefined) return limits;
    const { monthlyBudgetNanoUsd, monthlyPlanNanoUsd } = limits;
    return {
      ...limits,
      monthlyBudgetNanoUsd: monthlyBudgetNanoUsd === null ? null : monthlyBudgetNanoUsd + by.dollars,
      monthlyPlanNanoUsd: monthlyPlanNanoUsd === null ? null : monthlyPlanNanoUsd + by.plan,
    };
  }
}
