import { loadCatalogue } from "#config/models-toml.ts";
import { type ParsedRules, parseOverridesToml } from "#config/overrides-toml.ts";
import { DEFAULT_OPTIONS } from "#core/rules/adapt/adaptation.ts";
import { type CompiledRules, compileRules } from "#core/rules/compile.ts";
import type { DecideInput } from "#core/rules/decide-input.ts";
import { describedRequest } from "#core/rules/described-request.ts";
import { EMPTY_RULE_SET, NO_CONDITIONS, type Rule, type RuleSet } from "#core/rules/rule-set.ts";
import { toRuleId } from "#core/rules/stable-hash.ts";

export const catalogue = loadCatalogue();
export const today = "2026-11-22";

export const parseRules = (text: string): ParsedRules => parseOverridesToml(text, { catalogue, today });

/** The rule set of a text that must be valid. */
export function readRuleSet(text: string): RuleSet {
  const parsed = parseRules(text);
  if (!parsed.ok) throw new Error(parsed.problems.map((problem) => `${problem.line}: ${problem.message}`).join("\n"));
  return parsed.ruleSet;
}

export const compileText = (text: string): CompiledRules => compileRules(readRuleSet(text), catalogue);

let nextLine = 1;
export function aRule(change: Partial<Rule> = {}): Rule {
  const line = nextLine++;
  return {
    id: toRuleId(`rule of line ${line}`),
    form: "rule",
    line,
    from: "claude-opus-5-5",
    to: "claude-haiku-5-5",
    note: null,
    enabled: true,
    percentage: 100,
    when: NO_CONDITIONS,
    fallback: "on-refusal",
    cache: false,
    ...DEFAULT_OPTIONS,
    ...change,
  };
}

export const compiledRules = (...rules: Rule[]): CompiledRules => compileRules({ ...EMPTY_RULE_SET, rules }, catalogue);

export function anInput(change: Partial<DecideInput> = {}): DecideInput {
  const nowMs = Date.parse("2026-11-23T10:00:00Z"); // a Monday
  const usual = { model: "claude-opus-5-5", sessionKey: "session-1", promptTokens: 1_000, hasTools: true, nowMs };
  return { ...describedRequest(usual), ...change };
}
