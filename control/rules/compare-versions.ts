import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { compareRuleSets, type RuleChange } from "#core/rules/compare.ts";
import { diffLines, type LineDiff } from "#core/rules/line-diff.ts";
import { EMPTY_RULE_SET, type RuleSet } from "#core/rules/rule-set.ts";
import { ruleVersion } from "#store/rule-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { DIFF_ROWS_MAX, firstChanges } from "./bounded-comparison.ts";
import { readRulesText } from "./rules-text.ts";
import { type VersionView, versionView } from "./version-view.ts";

export interface VersionComparison {
  from: VersionView;
  to: VersionView;
  /** Differences in meaning. */
  changes: RuleChange[];
  diff: LineDiff;
}

/** Compares two versions, in words and line by line. Either may be the older one. */
export async function compareVersions(
  actor: Actor,
  from: number,
  to: number,
  deps: ControlDeps,
): Promise<VersionComparison> {
  requirePermission(actor, "rules.read");
  const [before, after] = await Promise.all([load(from, deps), load(to, deps)]);
  return {
    from: versionView(before.row),
    to: versionView(after.row),
    changes: firstChanges(compareRuleSets(before.ruleSet, after.ruleSet)),
    diff: diffLines(before.row.toml, after.row.toml, { rowsMax: DIFF_ROWS_MAX }),
  };
}

async function load(number: number, deps: ControlDeps) {
  const row = await ruleVersion(deps.db, number);
  if (!row) throw new AppError("not-found", { version: number }, `There is no version ${number}.`);
  const parsed = await readRulesText(row.toml, deps);
  const ruleSet: RuleSet = parsed.ok ? parsed.ruleSet : EMPTY_RULE_SET;
  return { row, ruleSet };
}
