import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { compareRuleSets, type RuleChange } from "#core/rules/compare.ts";
import { diffLines, type LineDiff } from "#core/rules/line-diff.ts";
import { EMPTY_RULE_SET, type Problem } from "#core/rules/rule-set.ts";
import type { RuleTestResult } from "#core/rules/run-rule-tests.ts";
import { latestRuleVersion } from "#store/rule-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { tomlField } from "./fields.ts";
import { checkRulesText, readRulesText } from "./rules-text.ts";

export const previewInput = z.strictObject({ toml: tomlField });

interface RulesPreview {
  /** Whether a publish of this text would succeed, given comment and base. */
  isPublishable: boolean;
  problems: Problem[];
  tests: RuleTestResult[];
  /** Changes against the live version; empty while the text cannot be parsed. */
  changes: RuleChange[];
  diff: LineDiff;
  live: number | null;
}

/** Computes the effect of publishing this text, without doing it. */
export async function previewRules(actor: Actor, input: unknown, deps: ControlDeps): Promise<RulesPreview> {
  requirePermission(actor, "rules.draft");
  const { toml } = parseInput(previewInput, input);
  const { ruleSet, problems, refused, tests } = await checkRulesText(toml, deps);
  const live = await latestRuleVersion(deps.db);
  const liveText = live && (await readRulesText(live.toml, deps));
  const before = liveText?.ok ? liveText.ruleSet : EMPTY_RULE_SET;
  return {
    isPublishable: ruleSet !== null && refused.length === 0 && tests.every((test) => test.ok),
    problems: [
      ...problems.filter((problem) => !refused.some((other) => other.message === problem.message)),
      ...refused,
    ],
    tests: [...tests],
    changes: ruleSet ? compareRuleSets(before, ruleSet) : [],
    diff: diffLines(live?.toml ?? "", toml),
    live: live?.number ?? null,
  };
}
