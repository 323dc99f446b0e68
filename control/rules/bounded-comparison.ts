import { formatCount } from "#core/report/format.ts";
import type { RuleChange } from "#core/rules/compare.ts";

/**
 * Maximum of rows in a comparison by line, and of changes in words. More are read by no person, and would be megabytes
 * of an answer.
 */
export const DIFF_ROWS_MAX = 2_000;
const CHANGES_MAX = 1_000;

/** Cuts a long list of changes, and says in its last entry how many are left out. */
export function firstChanges(changes: RuleChange[]): RuleChange[] {
  const leftOut = changes.length - CHANGES_MAX;
  if (leftOut <= 0) return changes;
  return [
    ...changes.slice(0, CHANGES_MAX),
    { kind: "setting", text: `${formatCount(leftOut)} more changes are not listed` },
  ];
}
