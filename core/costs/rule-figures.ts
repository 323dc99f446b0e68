import { groupBy } from "./chart-series.ts";
import { knownSaving, type SavingMeasures } from "./known-saving.ts";

/** What a rule did in a range. Every screen shows these, and none adds up its own. */
export interface RuleFigures {
  /** Requests it had served by another model. */
  requests: number;
  /** Of those. */
  errors: number;
  /** Requests that were sent to its model, refused there, and answered by the model asked for. */
  fallbacks: number;
  /** Its saving; null where no price is known. */
  savedNanoUsd: string | null;
  /** Of `requests`, those whose cost is not known: in no amount. */
  unpriced: number;
}

/** A row of the rollups as the figures need it, cut by rule and decision. */
export interface RuleMeasures extends SavingMeasures {
  ruleId: string;
  decision: string;
  requests: bigint;
  errors: bigint;
}

/** The dimensions rows must be cut by. */
export const ruleFigureDims = ["ruleId", "decision"] as const;

/** The figures of every rule that was applied. */
export function figuresByRule(rows: readonly RuleMeasures[]): Map<string, RuleFigures> {
  const applied = rows.filter(isApplied);
  return new Map([...groupBy(applied, ({ ruleId }) => ruleId)].map(([ruleId, own]) => [ruleId, figuresOf(own)]));
}

/** The rule chose the model this request was sent to first. What it skipped, and what merely matched, is not its doing. */
export const isApplied = ({ ruleId, decision }: Pick<RuleMeasures, "ruleId" | "decision">): boolean =>
  ruleId !== "" && (decision === "override" || decision === "fallback");

function figuresOf(rows: readonly RuleMeasures[]): RuleFigures {
  const overridden = rows.filter(({ decision }) => decision === "override");
  const sum = (of: readonly RuleMeasures[], read: (row: RuleMeasures) => bigint) =>
    Number(of.reduce((total, row) => total + read(row), 0n));
  return {
    requests: sum(overridden, (row) => row.requests),
    errors: sum(overridden, (row) => row.errors),
    fallbacks: sum(rows, (row) => (row.decision === "fallback" ? row.requests : 0n)),
    savedNanoUsd: knownSaving(overridden)?.toString() ?? null,
    unpriced: sum(overridden, (row) => row.unpriced),
  };
}
