import { catalogueKey, shortModel } from "#core/costs/model-key.ts";
import type { CompiledRules } from "./compile.ts";
import { buildFacts, CONDITIONS } from "./conditions/registry.ts";
import { type Decision, decideLeavingOpen } from "./decide.ts";
import type { DecideInput } from "./decide-input.ts";
import type { AssumedConditions } from "./mismatch.ts";
import type { RuleSet, RuleTest } from "./rule-set.ts";

export interface RuleTestResult {
  test: RuleTest;
  ok: boolean;
  served: string;
  ruleId: string | null;
  /** "line 14: opus-5-5 for payments should be sonnet-5-5, but is opus-5-5 because …" */
  sentence: string;
}

/**
 * Runs the `[[test]]` entries. Facts a test leaves out about sub-agents, prompt size, tools, thinking, hours or share
 * count as met; the default project is `default`, without person, team, key or headers, on the plain path and not a
 * title request. The global switch is ignored, so that pausing overrides never fails a test.
 */
export function runRuleTests(ruleSet: RuleSet, compiled: CompiledRules): RuleTestResult[] {
  return ruleSet.tests.map((test) => runTest(test, compiled));
}

function runTest(test: RuleTest, compiled: CompiledRules): RuleTestResult {
  const input: DecideInput = { ...buildFacts(test), model: test.model, sessionKey: null, nowMs: 0 };
  const decision = decideLeavingOpen(compiled, null, input, findAssumed(test));
  const served = decision.kind === "override" ? decision.served : decision.requested;
  const ok = served === test.expect || isSameTarget(compiled, served, test.expect);
  return { test, ok, served, ruleId: decision.ruleId, sentence: describeTest(test, ok, served, decision, compiled) };
}

const isSameTarget = (compiled: CompiledRules, served: string, expected: string): boolean => {
  const id = catalogueKey(compiled.catalogue, served);
  return id !== null && id === catalogueKey(compiled.catalogue, expected);
};

/** What a test leaves open: the share, hours, and conditions it does not say and that may be assumed. */
function findAssumed(test: RuleTest): AssumedConditions {
  const open = CONDITIONS.filter(({ described }) => {
    if (described === null) return true;
    const [field] = Object.keys(described.none) as (keyof RuleTest)[];
    return described.isAssumed && field !== undefined && test[field] === null;
  });
  return new Set(["share", ...open.map(({ name }) => name)]);
}

function describeTest(
  test: RuleTest,
  ok: boolean,
  served: string,
  decision: Decision,
  compiled: CompiledRules,
): string {
  const who = [test.project, test.team, test.person, test.key].filter((name) => name !== null).join(", ");
  const asked = `line ${test.line}: ${shortModel(test.model)}${who === "" ? "" : ` for ${who}`}`;
  const position = compiled.ruleSet.rules.findIndex((rule) => rule.id === decision.ruleId);
  const rule = compiled.ruleSet.rules[position];
  const because =
    decision.kind === "override" && rule
      ? `because of rule ${position + 1}, line ${rule.line}`
      : "because no rule applies";
  if (ok) return `${asked} is ${shortModel(served)} ${because}`;
  return `${asked} should be ${shortModel(test.expect)}, but is ${shortModel(served)} ${because}`;
}
