import { CompletionContext } from "@codemirror/autocomplete";
import { EditorState } from "@codemirror/state";
import { describe, expect, it } from "vitest";
import { rulesCompletions } from "#app/(console)/rules/edit/completions.ts";
import { conditionChips } from "#control/rules/rule-rows.ts";
import { compareRuleSets } from "#core/rules/compare.ts";
import type { Rule, RuleConditions } from "#core/rules/rule-set.ts";
import { ruleSetOf } from "./support/rule-builders.ts";

/** Each condition as it is written in `when`. One that is missing here is a type error. */
const SAMPLES: Record<keyof RuleConditions, string> = {
  project: 'project = "docs"',
  person: 'person = "ada@example.com"',
  team: 'team = "web"',
  key: 'key = "CI"',
  header: 'header = { "x-cco-stage" = "beta" }',
  pathPrefix: 'path_prefix = "/t/web"',
  subagent: "subagent = true",
  titleLike: "title_like = true",
  hours: 'hours = "Mon-Fri 08:00-18:00 UTC"',
  minPromptTokens: "min_prompt_tokens = 10",
  maxPromptTokens: "max_prompt_tokens = 10",
  hasTools: "has_tools = true",
  hasThinking: "has_thinking = true",
};
const conditions = Object.entries(SAMPLES);
const textWith = (when: string) => `[[rule]]\nfrom = "opus"\nto = "claude-haiku-5-5"\nwhen = { ${when} }\n`;
const ruleOf = (when: string): Rule => {
  const [rule] = ruleSetOf(textWith(when)).rules;
  if (rule === undefined) throw new Error(`no rule with ${when}`);
  return rule;
};

/** What the type checker cannot see: places that would go on working without a new condition. */
describe("a condition of a rule", () => {
  it("gives the rule a different id", () => {
    const ids = ["", ...conditions.map(([, when]) => when)].map((when) => ruleOf(when).id);

    expect(new Set(ids).size).toBe(conditions.length + 1);
  });

  it.each(conditions)("%s is named when two versions are compared", (_name, when) => {
    const changes = compareRuleSets(ruleSetOf(textWith("")), ruleSetOf(textWith(when)));

    expect(changes.map(({ text }) => text)).toEqual([expect.stringContaining("now only when")]);
  });

  it.each(conditions)("%s is shown in the row of its rule", (_name, when) => {
    expect(conditionChips(ruleOf(when))).toHaveLength(1);
  });

  it.each(conditions)("%s is offered by the editor", (_name, when) => {
    const doc = textWith("");
    const at = doc.indexOf("{ ") + 2;
    const context = new CompletionContext(EditorState.create({ doc }), at, true);
    const source = rulesCompletions({ models: [], projects: [], teams: [], people: [], keys: [] });
    const result = source(context);

    if (result === null || result instanceof Promise) throw new Error("nothing is offered");
    expect(result.options.map(({ label }) => label)).toContain(`${when.split(" ")[0]} = `);
  });
});
