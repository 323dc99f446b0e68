import { describe, expect, it } from "vitest";
import { catalogue, ruleSetOf } from "#tests/support/rule-builders.ts";
import { compileRules } from "./compile.ts";
import { findOtherGenerations } from "./other-generations.ts";

const traffic = new Map([
  ["claude-opus-5-5", 200],
  ["claude-opus-4-8", 70],
  ["claude-opus-4.8", 10],
  ["claude-opus-5", 20],
  ["claude-sonnet-5-5", 500],
]);
const found = (...from: string[]) => {
  const text = from.map((one) => `[[rule]]\nfrom = "${one}"\nto = "claude-haiku-5-5"`).join("\n");
  return findOtherGenerations(compileRules(ruleSetOf(text), catalogue), traffic);
};

describe("traffic of other generations", () => {
  it("is counted exactly for a rule that names one id, older spellings included", () => {
    expect(found("claude-opus-5-5")).toEqual([
      {
        family: "opus",
        named: ["claude-opus-5-5"],
        untouched: ["claude-opus-4-8", "claude-opus-5"],
        requests: 100,
        total: 300,
      },
    ]);
  });

  it("is none where a rule names the family, a pattern, or every model that is asked for", () => {
    expect(found("opus")).toEqual([]);
    expect(found("claude-opus-5-5", "claude-opus-*")).toEqual([]);
    expect(found("claude-opus-5-5", "claude-opus-4-8", "claude-opus-5")).toEqual([]);
  });
});
