import { groupBy } from "./chart-series.ts";
import { isPlan, type MoneyRow, sumMoney } from "./known-money.ts";

/** Figures of one rule in a range. Every screen shows these, and none computes them separately. */
export interface RuleFigures {
  /** Requests it routed to another model. */
  requests: number;
  /** Errors among those. */
  errors: number;
  /** Requests sent to its model, refused there, and answered by the requested model. */
  fallbacks: number;
  /** Its saving; null where no price is known. */
  savedNanoUsd: string | null;
  /**
   * Of `requests`, those that are missing in the saving, since their cost is not known. Subscription traffic saves
   * nothing that is paid.
   */
  unpriced: number;
}

/** Rollup row with the measures the figures need, cut by rule and decision. */
export interface RuleMeasures extends MoneyRow {
  ruleId: string;
  requests: bigint;
  errors: bigint;
}

/** Dimensions the rows must be cut by. */
export const ruleFigureDims = ["ruleId", "decision"] as const;

/** Computes the figures of every applied rule. */
export function figuresByRule(rows: readonly RuleMeasures[]): Map<string, RuleFigures> {
  const applied = rows.filter(isApplied);
  return new Map([...groupBy(applied, ({ ruleId }) => ruleId)].map(([ruleId, own]) => [ruleId, sumFigures(own)]));
}

/** Whether the rule chose the first model of this request. Skipped and merely matched rules do not count. */
export const isApplied = ({ ruleId, decision }: Pick<RuleMeasures, "ruleId" | "decision">): boolean =>
  ruleId !== "" && (decision === "override" || decision === "fallback");

function sumFigures(rows: readonly RuleMeasures[]): RuleFigures {
  const overridden = rows.filter(({ decision }) => decision === "override");
  const sum = (of: readonly RuleMeasures[], read: (row: RuleMeasures) => bigint) =>
    Number(of.reduce((total, row) => total + read(row), 0n));
  return {
    requests: sum(overridden, (row) => row.requests),
    errors: sum(overridden, (row) => row.errors),
    fallbacks: sum(rows, (row) => (row.decision === "fallback" ? row.requests : 0n)),
    savedNanoUsd: sumMoney(overridden).saved?.toString() ?? null,
    unpriced: sum(overridden, (row) => (isPlan(row.billingMode) ? 0n : row.unpriced)),
  };
}
