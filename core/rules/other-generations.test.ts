import { describe, expect, it } from "vitest";
import { catalogue, readRuleSet } from "#tests/support/rule-builders.ts";
import { compileRules } from "./compile.ts";
import { findOtherGenerations, remarkOnOtherGenerations } from "./other-generations.ts";

const traffic = new Map([
  ["claude-opus-5-5", 200],
  ["claude-opus-4-8", 70],
  ["claude-opus-4.8", 10],
  ["claude-opus-5", 20],
  ["claude-sonnet-5-5", 500],
]);
const found = (...from: string[]) => {
  const text = from.map((one) => `[[rule]]\nfrom = "${one}"\nto = "claude-haiku-5-5"`).join("\n");
  return findOtherGenerations(compileRules(readRuleSet(text), catalogue), traffic);
};

describe("traffic of other generations", () => {
  it("counts requests for other generations exactly for a rule that names one id, older spellings included", () => {
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

  it("finds no other generation where a rule names the family, a pattern, or every requested model", () => {
    expect(found("opus")).toEqual([]);
    expect(found("claude-opus-5-5", "claude-opus-*")).toEqual([]);
    expect(found("claude-opus-5-5", "claude-opus-4-8", "claude-opus-5")).toEqual([]);
  });

  it("counts them for a pattern of one generation as for an id", () => {
    expect(found("claude-opus-5-5*")).toMatchObject([{ named: ["claude-opus-5-5*"], requests: 100, total: 300 }]);
    expect(found("claude-opus-5*")).toMatchObject([{ untouched: ["claude-opus-4-8"], requests: 80, total: 300 }]);
    expect(found("claude-*-5-5")).toEqual([]);
  });

  it("counts a newer generation that the catalogue does not know", () => {
    const newer = new Map([
      ["claude-opus-5-5", 20],
      ["claude-opus-6-1", 30],
    ]);
    const compiled = compileRules(
      readRuleSet('[[rule]]\nfrom = "claude-opus-5-5"\nto = "claude-haiku-5-5"'),
      catalogue,
    );

    expect(findOtherGenerations(compiled, newer)).toMatchObject([
      { untouched: ["claude-opus-6-1"], requests: 30, total: 50 },
    ]);
  });

  it("counts the known ones for a rule that names a newer one, by its id or by a pattern", () => {
    for (const from of ["claude-opus-6-1", "claude-opus-6*"])
      expect(found(from)).toMatchObject([{ family: "opus", named: [from], requests: 300, total: 300 }]);
  });

  it("says nothing of a rule that leads from one generation of a family to another", () => {
    for (const from of ["claude-opus-4-8", "claude-opus-4*"]) {
      const text = `[[rule]]\nfrom = "${from}"\nto = "claude-opus-5-5"`;
      expect(findOtherGenerations(compileRules(readRuleSet(text), catalogue), traffic), from).toEqual([]);
    }
  });

  it("remarks on other generations at the first rule that names one of the family's models, with the share", () => {
    const text =
      '[[rule]]\nfrom = "sonnet"\nto = "claude-haiku-5-5"\n[[rule]]\nfrom = "claude-opus-5-5"\nto = "claude-haiku-5-5"';
    const [remark, ...others] = remarkOnOtherGenerations(compileRules(readRuleSet(text), catalogue), traffic);

    expect(others).toEqual([]);
    expect(remark).toMatchObject({ severity: "warning", line: 4, code: "other-generations" });
    expect(remark?.message).toContain(
      "33% of opus traffic of the last 30 days is for other generations (claude-opus-4-8, claude-opus-5)",
    );
  });

  it("lists a few of many other models", () => {
    const many = new Map([["claude-opus-5-5", 1]]);
    for (let at = 0; at < 40; at++) many.set(`claude-opus-6-${at}`, 100 - at);
    const compiled = compileRules(
      readRuleSet('[[rule]]\nfrom = "claude-opus-5-5"\nto = "claude-haiku-5-5"'),
      catalogue,
    );

    const [remark] = remarkOnOtherGenerations(compiled, many);
    expect(remark?.message).toContain(
      "(claude-opus-6-0, claude-opus-6-1, claude-opus-6-2, claude-opus-6-3, claude-opus-6-4 and 35 more), which",
    );
  });

  it("remarks on no other generation before the family has 20 requests", () => {
    const of = (asked: number, other: number) =>
      findOtherGenerations(
        compileRules(readRuleSet('[[rule]]\nfrom = "claude-opus-5-5"\nto = "claude-haiku-5-5"'), catalogue),
        new Map([
          ["claude-opus-5-5", asked],
          ["claude-opus-4-8", other],
        ]),
      ).map(({ requests }) => requests);

    expect([of(1, 1), of(10, 9), of(10, 10)]).toEqual([[], [], [10]]);
  });

  it("remarks on no other generation below a twentieth of the family", () => {
    const few = new Map([
      ["claude-opus-5-5", 200],
      ["claude-opus-4-8", 10],
    ]);
    const compiled = compileRules(
      readRuleSet('[[rule]]\nfrom = "claude-opus-5-5"\nto = "claude-haiku-5-5"'),
      catalogue,
    );
    expect(findOtherGenerations(compiled, few)).toEqual([]);
  });
});
