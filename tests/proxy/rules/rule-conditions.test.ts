import { readdirSync, readFileSync } from "node:fs";
import { CompletionContext } from "@codemirror/autocomplete";
import { EditorState } from "@codemirror/state";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { rulesCompletions } from "#app/(console)/rules/edit/completions.ts";
import { testEntry } from "#app/(console)/rules/edit/test-entry.ts";
import { TryForm } from "#app/(console)/rules/try-form.tsx";
import { CONDITION_FIELDS, emptyTry } from "#app/(console)/rules/try-input.ts";
import { CONDITION_KEYS } from "#config/condition-reader.ts";
import { conditionChips } from "#control/rules/rule-rows.ts";
import { compareRuleSets } from "#core/rules/compare.ts";
import type { FormField } from "#core/rules/conditions/condition.ts";
import { buildFacts, CONDITIONS, NOTHING_DESCRIBED } from "#core/rules/conditions/registry.ts";
import { explain } from "#core/rules/decide.ts";
import type { Rule } from "#core/rules/rule-set.ts";
import { anInput, compileText, readRuleSet } from "#tests/support/rule-builders.ts";

/** Each key of `when` as its condition writes it. */
const examples = CONDITIONS.flatMap((condition) => condition.examples);
const parseKey = (when: string) => when.split(" ")[0];
const SUNDAY_MS = Date.parse("2026-11-22T10:00:00Z");
const textWith = (when: string) => `[[rule]]\nfrom = "opus"\nto = "claude-haiku-5-5"\nwhen = { ${when} }\n`;
const parseRule = (when: string): Rule => {
  const [rule] = readRuleSet(textWith(when)).rules;
  if (rule === undefined) throw new Error(`no rule with ${when}`);
  return rule;
};

/** What the type checker cannot see: words, names and ids that a condition of `core/rules/conditions/` has to give. */
describe("a condition of a rule", () => {
  it("is listed if it has a file", () => {
    const folder = "core/rules/conditions";
    const files = readdirSync(folder).filter((name) => /(?<!\.test)\.ts$/.test(name) && name !== "registry.ts");
    const texts = readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`, "utf8"));

    expect(files.filter((name) => !texts.some((text) => text.includes(`"./${name}"`)))).toEqual([]);
    expect(readFileSync(`${folder}/registry.ts`, "utf8").match(/^import \{/gm)).toHaveLength(CONDITIONS.length);
  });

  it("has an example for each of its keys", () => {
    expect(examples.map(parseKey)).toEqual(CONDITION_KEYS);
  });

  it("gives the rule a different id", () => {
    const ids = ["", ...examples].map((when) => parseRule(when).id);

    expect(new Set(ids).size).toBe(examples.length + 1);
  });

  it.each(examples)("%s is named when two versions are compared", (when) => {
    const changes = compareRuleSets(readRuleSet(textWith("")), readRuleSet(textWith(when)));

    expect(changes.map(({ text }) => text)).toEqual([expect.stringContaining("now only when")]);
  });

  it.each(examples)("%s is shown in the row of its rule", (when) => {
    expect(conditionChips(parseRule(when))).toHaveLength(1);
  });

  it.each(examples)("%s is offered by the editor", (when) => {
    const doc = textWith("");
    const at = doc.indexOf("{ ") + 2;
    const context = new CompletionContext(EditorState.create({ doc }), at, true);
    const source = rulesCompletions({ models: [], projects: [], teams: [], people: [], keys: [] });
    const result = source(context);

    if (result === null || result instanceof Promise) throw new Error("nothing is offered");
    expect(result.options.map(({ label }) => label)).toContain(`${parseKey(when)} = `);
  });

  it.each(examples)("%s keeps a request from the rule that does not meet it, and says why", (when) => {
    const unmet = anInput({ agentId: null, hasTools: false, promptTokens: null, nowMs: SUNDAY_MS });
    const [step] = explain(compileText(textWith(when)), null, unmet).trace;

    expect(step?.outcome).not.toBe("matched");
    expect(step?.detail).not.toBe("");
  });
});

/** A value for each kind of field in the form. A kind that is missing here is a type error. */
const SAID: Record<FormField["kind"], unknown> = {
  text: 'a "b"',
  label: "web",
  number: 1200,
  tick: true,
  origin: true,
  headers: { "x-stage": "beta" },
};

describe("a field of the form", () => {
  it.each(CONDITION_FIELDS.map(({ field, form }) => [field, form] as const))(
    "%s is saved with a test and read back",
    (field, { kind }) => {
      const tried = { ...emptyTry([{ id: "claude-opus-5-5" }]), [field]: SAID[kind] };
      const [test] = readRuleSet(testEntry(tried, "claude-opus-5-5")).tests;

      expect(test?.[field]).toEqual(SAID[kind]);
      expect(buildFacts(tried)).not.toEqual(buildFacts(NOTHING_DESCRIBED));
    },
  );

  it.each(CONDITION_FIELDS.map(({ form }) => form.label))("%s is shown", (label) => {
    const form = createElement(TryForm, { input: emptyTry([]), models: [], onChange: () => {} });

    expect(renderToStaticMarkup(form)).toContain(label);
  });

  it("says what a request is that says nothing", () => {
    expect(buildFacts(emptyTry([])).header("x-stage")).toBeNull();
    expect({ ...buildFacts(emptyTry([])), header: null }).toEqual({
      ...buildFacts(NOTHING_DESCRIBED),
      header: null,
    });
  });
});
