import { CompletionContext } from "@codemirror/autocomplete";
import { EditorState } from "@codemirror/state";
import { describe, expect, it } from "vitest";
import { rulesCompletions } from "#app/(console)/rules/edit/completions.ts";
import { CONDITION_KEYS } from "#config/condition-reader.ts";
import { conditionChips } from "#control/rules/rule-rows.ts";
import { compareRuleSets } from "#core/rules/compare.ts";
import { CONDITIONS } from "#core/rules/conditions/registry.ts";
import { explain } from "#core/rules/decide.ts";
import type { Rule } from "#core/rules/rule-set.ts";
import { anInput, compiledOf, ruleSetOf } from "./support/rule-builders.ts";

/** Each key of `when` as its condition writes it. */
const examples = CONDITIONS.flatMap((condition) => condition.examples);
const keyOf = (when: string) => when.split(" ")[0];
const SUNDAY_MS = Date.parse("2026-11-22T10:00:00Z");
const textWith = (when: string) => `[[rule]]\nfrom = "opus"\nto = "claude-haiku-5-5"\nwhen = { ${when} }\n`;
const ruleOf = (when: string): Rule => {
  const [rule] = ruleSetOf(textWith(when)).rules;
  if (rule === undefined) throw new Error(`no rule with ${when}`);
  return rule;
};

/** What the type checker cannot see: words, names and ids that a condition of `core/rules/conditions/` has to give. */
describe("a condition of a rule", () => {
  it("has an example for each of its keys", () => {
    expect(examples.map(keyOf)).toEqual(CONDITION_KEYS);
  });

  it("gives the rule a different id", () => {
    const ids = ["", ...examples].map((when) => ruleOf(when).id);

    expect(new Set(ids).size).toBe(examples.length + 1);
  });

  it.each(examples)("%s is named when two versions are compared", (when) => {
    const changes = compareRuleSets(ruleSetOf(textWith("")), ruleSetOf(textWith(when)));

    expect(changes.map(({ text }) => text)).toEqual([expect.stringContaining("now only when")]);
  });

  it.each(examples)("%s is shown in the row of its rule", (when) => {
    expect(conditionChips(ruleOf(when))).toHaveLength(1);
  });

  it.each(examples)("%s is offered by the editor", (when) => {
    const doc = textWith("");
    const at = doc.indexOf("{ ") + 2;
    const context = new CompletionContext(EditorState.create({ doc }), at, true);
    const source = rulesCompletions({ models: [], projects: [], teams: [], people: [], keys: [] });
    const result = source(context);

    if (result === null || result instanceof Promise) throw new Error("nothing is offered");
    expect(result.options.map(({ label }) => label)).toContain(`${keyOf(when)} = `);
  });

  it.each(examples)("%s keeps a request from the rule that does not meet it, and says why", (when) => {
    const unmet = anInput({ agentId: null, hasTools: false, promptTokens: null, nowMs: SUNDAY_MS });
    const [step] = explain(compiledOf(textWith(when)), null, unmet).trace;

    expect(step?.outcome).not.toBe("matched");
    expect(step?.detail).not.toBe("");
  });
});
