import type { Actor } from "#core/access/actor.ts";
import { may, requirePermission } from "#core/access/permissions.ts";
import { type CompiledRules, compileRules } from "#core/rules/compile.ts";
import { EMPTY_RULE_SET, type Problem } from "#core/rules/rule-set.ts";
import { type RuleTestResult, runRuleTests } from "#core/rules/run-rule-tests.ts";
import { latestRuleVersion } from "#store/rule-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { previousVersion } from "./previous-version.ts";
import { type Convergence, readConvergence } from "./read-convergence.ts";
import { type FileState, readFileState } from "./read-file-state.ts";
import { type RuleRow, ruleRows } from "./rule-rows.ts";
import { readRulesText } from "./rules-text.ts";
import { readDraft } from "./save-draft.ts";
import { statsDays } from "./stats-days.ts";
import { type VersionView, versionView } from "./version-view.ts";

export interface CurrentRules {
  /** Null until the first version exists. */
  live: VersionView | null;
  /** Target of a roll back without a chosen version. */
  previous: { number: number; comment: string } | null;
  isPaused: boolean;
  rules: RuleRow[];
  /** Warnings about the live text. */
  problems: Problem[];
  tests: RuleTestResult[];
  instances: Convergence;
  file: FileState;
  /** The actor's own draft, without its text. */
  draft: { basedOn: number | null; updatedAt: string } | null;
  /** Null: the actor may not see totals. */
  statsDays: number | null;
}

/** Reads the live rules, their author, their convergence over the instances, and the recent effect of each rule. */
export async function currentRules(actor: Actor, deps: ControlDeps): Promise<CurrentRules> {
  requirePermission(actor, "rules.read");
  const row = await latestRuleVersion(deps.db);
  const parsed = row && (await readRulesText(row.toml, deps));
  const ruleSet = parsed?.ok ? parsed.ruleSet : EMPTY_RULE_SET;
  const compiled: CompiledRules = compileRules(ruleSet, deps.config.catalogue);
  const seesTotals = may(actor, "totals.read");
  const draft = may(actor, "rules.draft") ? await readDraft(actor, deps) : null;
  const previous = row && (await previousVersion(row, deps));
  return {
    live: row && versionView(row),
    previous: previous && { number: previous.number, comment: previous.comment },
    isPaused: row !== null && !ruleSet.enabled,
    rules: await ruleRows(ruleSet, seesTotals, deps),
    problems: parsed?.problems ?? [],
    tests: runRuleTests(ruleSet, compiled),
    instances: await readConvergence(row, deps),
    file: await readFileState(row, deps),
    draft: draft && { basedOn: draft.basedOn, updatedAt: draft.updatedAt },
    statsDays: seesTotals ? statsDays : null,
  };
}
