import { describe, expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { parseOverridesToml } from "#config/overrides-toml.ts";
import { starterRules, starterState, withStarterRules } from "./starter-rules.ts";

const catalogue = loadCatalogue();
const today = "2026-11-22";
const rules = starterRules(catalogue, today, "Europe/Berlin");
const base = "[overrides]\nenabled = true\n\n[cache]\nenabled = true\n";
const parsed = (chosen: string[]) => {
  const text = withStarterRules(base, rules, new Set(chosen));
  return parseOverridesToml(text, { catalogue, today, zone: "UTC" });
};

it("adds no rule while no template is switched on", () => {
  const result = parsed([]);

  expect(result.ok && result.ruleSet.rules).toEqual([]);
});

it("makes each template a rule that the rules file reads without a problem", () => {
  for (const { id, to } of rules) {
    const result = parsed([id]);

    expect(result.problems, id).toEqual([]);
    expect(result.ok && result.ruleSet.rules.map((rule) => [rule.to, rule.percentage]), id).toEqual([[to, 10]]);
  }
});

it("states the price of the list: half for Opus to Sonnet", () => {
  expect(rules[0]?.price).toBe("−50% on input: $4 / $20 → $2 / $10 per 1M tokens");
});

describe("in a text that has them already", () => {
  const [first, second] = rules.map(({ id }) => id);
  const once = withStarterRules(base, rules, new Set([first ?? ""]));
  const again = (text: string, chosen: readonly (string | undefined)[]) =>
    withStarterRules(text, rules, new Set(chosen.map(String)));
  const states = (text: string) => rules.map((rule) => starterState(text, rule));

  it("are known as on and off", () => {
    expect(states(base)).toEqual(["off", "off", "off"]);
    expect(states(once)).toEqual(["on", "off", "off"]);
  });

  it("are switched in their places, and none is doubled", () => {
    const both = again(once, [first, second]);
    expect(states(both)).toEqual(["on", "on", "off"]);
    expect(both.match(/note = /g)).toHaveLength(rules.length);
    expect(again(both, [first])).toBe(once);
    expect(again(once, [first])).toBe(once);
  });

  it("are edited where a line stands below them, another percentage in them, or their note is written otherwise", () => {
    const [template = ""] = rules.map(({ toml }) => toml);
    for (const edited of [
      `${template}enabled = false\n`,
      template.replace("percentage = 10", "percentage = 25"),
      template.replace(/^note = "(.*)"$/m, "note = '$1' # ours"),
    ]) {
      const text = `[[rule]]\nfrom = "haiku"\nto = "claude-sonnet-5-5"\n\n${edited}`;
      expect(states(text)).toEqual(["edited", "off", "off"]);
      expect(again(text, [])).toContain(edited);
      expect(again(text, [first])).not.toContain(template.replace("[[rule]]", "# [[rule]]"));
    }
  });

  it("stay on where a comment, another table or nothing stands below them", () => {
    for (const behind of ["", "\n# ours\n", '\n[[rule]]\nfrom = "haiku"\nto = "claude-sonnet-5-5"\n'])
      expect(states(base + rules[0]?.toml + behind)).toEqual(["on", "off", "off"]);
    const unended = `${base}${rules[0]?.toml}`.trimEnd();
    expect(states(unended)).toEqual(["on", "off", "off"]);
    expect(states(again(unended, []))).toEqual(["off", "off", "off"]);
  });

  it("stay as they are once they were edited", () => {
    const edited = once.replace("percentage = 10", "percentage = 25");
    expect(states(edited)).toEqual(["edited", "off", "off"]);
    expect(again(edited, [])).toBe(edited);
    expect(again(edited, [first])).toBe(edited);
  });
});
