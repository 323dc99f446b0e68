import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { compareRuleSets, type RuleChange } from "#core/rules/compare.ts";
import { diffLines, type LineDiff } from "#core/rules/line-diff.ts";
import { EMPTY_RULE_SET, type Problem } from "#core/rules/rule-set.ts";
import type { RuleTestResult } from "#core/rules/run-rule-tests.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { DIFF_ROWS_MAX, firstChanges } from "./bounded-comparison.ts";
import { tomlField } from "./fields.ts";
import { checkRulesText } from "./rules-text.ts";

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
  const { ruleSet, problems, refused, tests, live, liveRules } = await checkRulesText(toml, deps);
  const messages = new Set(refused.map(({ message }) => message));
  return {
    isPublishable: ruleSet !== null && refused.length === 0 && tests.every((test) => test.ok),
    problems: [...problems.filter((problem) => !messages.has(problem.message)), ...refused],
    tests: [...tests],
    changes: ruleSet ? firstChanges(compareRuleSets(liveRules ?? EMPTY_RULE_SET, ruleSet)) : [],
    diff: diffLines(live?.toml ?? "", toml, { rowsMax: DIFF_ROWS_MAX }),
    live: live?.number ?? null,
  };
}
