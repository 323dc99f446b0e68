import { describe, expect, it } from "vitest";
import { anInput, compileText, parseRules } from "#tests/support/rule-builders.ts";
import { decide, explain } from "../decide.ts";
import { runRuleTests } from "../run-rule-tests.ts";

const textWith = (when: string) => `[[rule]]\nfrom = "opus"\nto = "claude-haiku-5-5"\nwhen = { ${when} }\n`;

describe("a condition on max_tokens", () => {
  it.each([
    ["min_max_tokens = 100", 100, true],
    ["min_max_tokens = 100", 99, false],
    ["max_max_tokens = 100", 100, true],
    ["max_max_tokens = 100", 101, false],
    ["max_max_tokens = 100", 0, true],
    ["max_max_tokens = 100", null, false],
    ["min_max_tokens = 0", null, false],
    ["min_max_tokens = 5, max_max_tokens = 7", 6, true],
    ["min_max_tokens = 5, max_max_tokens = 7", 6.5, true],
    ["min_max_tokens = 5, max_max_tokens = 7", 7.5, false],
  ])("a rule with %s, tried on a request with max_tokens %s, applies: %s", (when, maxTokens, isMet) => {
    expect(decide(compileText(textWith(when)), 1, anInput({ maxTokens })).kind).toBe(isMet ? "override" : "pass");
  });

  it("explains a mismatch with the max_tokens of the request and both bounds of the rule", () => {
    const compiled = compileText(textWith("min_max_tokens = 5, max_max_tokens = 7"));
    const findDetail = (maxTokens: number | null) => explain(compiled, 1, anInput({ maxTokens })).trace[0]?.detail;

    expect(findDetail(8)).toBe("max_tokens is 8, the rule asks for at least 5 and at most 7");
    expect(findDetail(null)).toBe("the request names no max_tokens, the rule asks for at least 5 and at most 7");
  });

  it("refuses bounds of max_tokens that no request can meet", () => {
    expect(parseRules(textWith("min_max_tokens = 7, max_max_tokens = 5")).problems).toMatchObject([
      {
        code: "bad-value",
        line: 4,
        message: "min_max_tokens is larger than max_max_tokens: no request can ask for both.",
      },
    ]);
  });

  it("counts as met in a [[test]] that does not say max_tokens", () => {
    const test = (fact: string, expected: string) =>
      `[[test]]\nmodel = "claude-opus-5-5"\n${fact}\nexpect = "${expected}"\n`;
    const compiled = compileText(
      textWith("max_max_tokens = 100") +
        test("max_tokens = 100", "claude-haiku-5-5") +
        test("max_tokens = 101", "claude-opus-5-5") +
        test("", "claude-haiku-5-5"),
    );

    expect(runRuleTests(compiled.ruleSet, compiled).map(({ ok }) => ok)).toEqual([true, true, true]);
  });
});
