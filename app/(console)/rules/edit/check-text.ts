import { parseOverridesToml } from "#config/overrides-toml.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { compareRuleSets, type RuleChange } from "#core/rules/compare.ts";
import { type CompiledRules, compileRules } from "#core/rules/compile.ts";
import { remarkOnOtherGenerations } from "#core/rules/other-generations.ts";
import { refusedTargets, withRefusedTargets } from "#core/rules/refused-targets.ts";
import { EMPTY_RULE_SET, type Problem, type RuleSet } from "#core/rules/rule-set.ts";
import { type RuleTestResult, runRuleTests } from "#core/rules/run-rule-tests.ts";

export interface CheckContext {
  catalogue: Catalogue;
  today: string;
  zone: string;
  /** Requests of the last 30 days by requested model, to find models the rules leave untouched. */
  requestsByModel: ReadonlyMap<string, number>;
}

/** Result of checking a text while it is typed. */
export interface Checked {
  text: string;
  ruleSet: RuleSet | null;
  compiled: CompiledRules | null;
  /** Errors first, then in the order of the text. Refusals of the console count as errors. */
  problems: Problem[];
  errors: number;
  tests: RuleTestResult[];
}

/** Checks a text as the server does before publishing, in the browser, at every pause in typing. */
export function checkText(text: string, live: RuleSet, context: CheckContext): Checked {
  const parsed = parseOverridesToml(text, context);
  const compile = (ruleSet: RuleSet) => compileRules(ruleSet, context.catalogue);
  if (!parsed.ok) {
    const untouched = parsed.readable && remarkOnOtherGenerations(compile(parsed.readable), context.requestsByModel);
    const problems = withRefusedTargets([...parsed.problems, ...(untouched ?? [])], live, context);
    const errors = problems.filter((problem) => problem.severity === "error").length;
    return { text, ruleSet: null, compiled: null, problems: errorsFirst(problems), errors, tests: [] };
  }
  const { ruleSet } = parsed;
  const refused = refusedTargets(ruleSet, parsed.problems, live, context);
  const isRefused = (problem: Problem) =>
    refused.some((other) => other.line === problem.line && other.message === problem.message);
  const compiled = compile(ruleSet);
  const untouched = remarkOnOtherGenerations(compiled, context.requestsByModel);
  const problems = errorsFirst([...parsed.problems.filter((problem) => !isRefused(problem)), ...refused, ...untouched]);
  return { text, ruleSet, compiled, problems, errors: refused.length, tests: runRuleTests(ruleSet, compiled) };
}

/** Rules of a published text; an unreadable one counts as empty. */
export function readRules(text: string, context: CheckContext): RuleSet {
  const parsed = parseOverridesToml(text, context);
  return parsed.ok ? parsed.ruleSet : EMPTY_RULE_SET;
}

/** Differences in meaning between two texts. */
export const changesBetween = (before: string, after: RuleSet, context: CheckContext): RuleChange[] =>
  compareRuleSets(readRules(before, context), after);

function errorsFirst(problems: readonly Problem[]): Problem[] {
  const rank = (problem: Problem) => (problem.severity === "error" ? 0 : 1);
  return [...problems].sort((a, b) => rank(a) - rank(b) || a.line - b.line || a.column - b.column);
}
