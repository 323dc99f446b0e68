import { describe, expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { checkText, readRules } from "./check-text.ts";

const context = { catalogue: loadCatalogue(), today: "2026-11-29", zone: "UTC", requestsByModel: new Map() };
const rule = (percentage: number) => `[[rule]]\nfrom = "opus"\nto = "claude-haikuu-5-5"\npercentage = ${percentage}\n`;

describe("a text that is checked while it is typed", () => {
  it("shows a target that would not be published as an error from the start, beside another error", () => {
    const beside = checkText(rule(140), readRules("", context), context);
    const alone = checkText(rule(14), readRules("", context), context);

    const target = { code: "unknown-target", severity: "error", line: 3 };
    expect(alone.problems).toMatchObject([target]);
    expect(beside.ruleSet).toBeNull();
    expect(beside.problems).toHaveLength(2);
    expect(beside.problems).toContainEqual(expect.objectContaining(target));
    expect([alone.errors, beside.errors]).toEqual([1, 2]);
  });

  it("leaves a target that is live already a remark, also beside another error", () => {
    const beside = checkText(rule(140), readRules(rule(14), context), context);

    expect(beside.problems.map(({ code, severity }) => [code, severity])).toContainEqual(["unknown-target", "warning"]);
    expect(beside.errors).toBe(1);
  });
});

describe("the remark on other generations of a text with an error", () => {
  const requestsByModel = new Map([
    ["claude-opus-5-5", 200],
    ["claude-opus-4-8", 100],
  ]);
  const pair = '[overrides]\nrules = [["claude-opus-5-5", "claude-sonnet-5-5"]]\n';
  /** Lines with the remark, beside at least one error. */
  function remarkedIn(text: string): number[] {
    const checked = checkText(text, readRules("", context), { ...context, requestsByModel });
    expect(checked.ruleSet, text).toBeNull();
    expect(checked.errors).toBeGreaterThan(0);
    return checked.problems.filter(({ code }) => code === "other-generations").map(({ line }) => line);
  }

  it.each([
    ["[[rule]]", '[[rule]]\nfrom = "claude-opus-5-5"\nto = "claude-sonnet-5-5"\npercentage = 900\n', 1],
    [
      "[per_model_rules]",
      '[per_model_rules]\n"claude-opus-5-5" = { override_to = "claude-sonnet-5-5", percentage = 900 }\n',
      2,
    ],
    ["a pair", `${pair}enabled = "x"\n`, 2],
    ["[rule]", '[rule]\nfrom = "claude-opus-5-5"\nto = "claude-sonnet-5-5"\n', 1],
    ["[[per_model_rules]]", '[[per_model_rules]]\nclaude-opus-5-5.override_to = "claude-sonnet-5-5"\n', 2],
  ])("comes beside a wrong value for a rule written as %s", (_form, text, line) => {
    expect(remarkedIn(text)).toEqual([line]);
  });

  it("comes beside a rule of another family without a served model", () => {
    expect(remarkedIn(`${pair}[[rule]]\nfrom = "sonnet"\n`)).toEqual([2]);
  });

  it.each([
    ["has no served model", '[[rule]]\nfrom = "opus"\n'],
    ["has a pattern as its served model", '[[rule]]\nfrom = "opus"\nto = "claude-*"\n'],
    ["is neither on nor off", '[[rule]]\nfrom = "opus"\nto = "claude-haiku-5-5"\nenabled = "no"\n'],
    ["has no requested model", '[[rule]]\nto = "claude-haiku-5-5"\n'],
    ["is a text", '[per_model_rules]\nopus = "claude-haiku-5-5"\n'],
    ["is in a section that is a list", "per_model_rules = []\n"],
  ])("does not come while a rule that %s may cover them", (_what, text) => {
    expect(remarkedIn(text.startsWith("per_model") ? text + pair : pair + text)).toEqual([]);
  });

  it("does not come for a rule that may be off", () => {
    const text = '[[rule]]\nfrom = "claude-opus-5-5"\nto = "claude-sonnet-5-5"\nenabled = "no"\n';
    expect(remarkedIn(text)).toEqual([]);
  });
});
