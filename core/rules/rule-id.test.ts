import { describe, expect, it } from "vitest";
import { readRuleSet } from "#tests/support/rule-builders.ts";

const idWith = (when: string) =>
  readRuleSet(`[[rule]]\nfrom = "opus"\nto = "claude-haiku-5-5"\nwhen = { ${when} }\n`).rules[0]?.id;

describe("the id of a rule", () => {
  // Stored with requests: these never change.
  it.each([
    ["", "rul_25bc4pnmc0wz"],
    ['project = ["b", "a"], has_tools = true', "rul_qd4hw88pkmh4"],
    ['hours = "business_hours", max_prompt_tokens = 1000', "rul_p6w5z0gr8w1p"],
    ['key = "CI"', "rul_dg2jz4v509dj"],
    ['title_like = true, header = { x-b = ["2", "1"], x-a = "c" }, path_prefix = "/t"', "rul_zfc7k0h9rc3d"],
    ['person = "ada", team = "web", subagent = false, min_prompt_tokens = 5, has_thinking = false', "rul_1rgjanwp6zrk"],
  ])("is the one every release has given to a rule when %s", (when, id) => {
    expect(idWith(when)).toBe(id);
  });

  it("keeps what older conditions gave it where a newer one is added", () => {
    const ids = ["", 'key = "CI"', "min_max_tokens = 5", "max_max_tokens = 5", 'key = "CI", min_max_tokens = 5'];

    expect(new Set(ids.map(idWith)).size).toBe(ids.length);
  });

  it("does not depend on the order of names", () => {
    expect(idWith('project = ["a", "b"]')).toBe(idWith('project = ["b", "a"]'));
    expect(idWith('header = { a = "1", b = "2" }')).toBe(idWith('header = { b = "2", a = "1" }'));
  });
});
