import { describe, expect, it } from "vitest";
import { aRule, catalogue, today } from "#tests/support/rule-builders.ts";
import { editDistance, nearest } from "./nearest.ts";
import { EMPTY_RULE_SET, NO_CONDITIONS, type Rule } from "./rule-set.ts";
import { findWarnings, remarkOnTarget } from "./warnings.ts";

const listCodes = (...rules: Rule[]) =>
  findWarnings({ ...EMPTY_RULE_SET, rules }, catalogue, today).map(({ index, code }) => `${index} ${code}`);

describe("a target", () => {
  it.each([
    ["claude-haiku-4.5", "dotted-target", "claude-haiku-4-5-20251001"],
    ["claude-sonnet-3.5", "dotted-target", "claude-sonnet-5-5"],
    ["claude-opus-4-1", "retired-target", "claude-opus-5-5"],
    ["claude-sonnet-4", "retired-target", "claude-sonnet-5-5"],
    ["claude-sonnet-4-5-20250929", "retiring-target", "claude-sonnet-5-5"],
    ["haiku", "unknown-target", "claude-haiku-5-5"],
    ["claude-hauki-5-5", "unknown-target", "claude-haiku-5-5"],
    ["Claude-Haiku-5-5", "unknown-target", "claude-haiku-5-5"],
    ["anthropic/claude-haiku-5-5", "unknown-target", "claude-haiku-5-5"],
    ["gpt-4o", "unknown-target", null],
  ])("%s is %s, meant was %s", (to, code, fix) => {
    expect(remarkOnTarget(to, catalogue, today)).toMatchObject({ code, fix });
  });

  it.each(["claude-haiku-5-5", "claude-haiku-4-5-20251001", "claude-haiku-4-5", "claude-opus-4-5-20251101"])(
    "%s is fine",
    (to) => {
      expect(remarkOnTarget(to, catalogue, today)).toBeNull();
    },
  );

  it("warns of a target 60 days before it retires, and from the day on of a retired one", () => {
    const on = (day: string) => remarkOnTarget("claude-sonnet-4-5-20250929", catalogue, day)?.code ?? null;

    expect([on("2026-09-30"), on("2026-10-01"), on("2026-11-29"), on("2026-11-30")]).toEqual([
      null,
      "retiring-target",
      "retiring-target",
      "retired-target",
    ]);
  });
});

describe("a rule", () => {
  const to = "claude-haiku-5-5";

  it("calls a rule shadowed when an earlier one takes all its requests", () => {
    expect(listCodes(aRule({ from: "opus" }), aRule({ from: "claude-opus-5-5" }))).toEqual(["1 shadowed-rule"]);
    expect(listCodes(aRule({ from: "claude-sonnet-4.5" }), aRule({ from: "claude-sonnet-4-5-20250929" }))).toEqual([
      "1 shadowed-rule",
    ]);
    expect(listCodes(aRule({ from: "*" }), aRule({ from: "opus" }), aRule({ from: "gpt-*" }))).toEqual([
      "1 shadowed-rule",
      "2 shadowed-rule",
    ]);
    expect(listCodes(aRule({ from: "claude-opus-*" }), aRule({ from: "claude-opus-5" }))).toEqual(["1 shadowed-rule"]);
  });

  it("calls no rule shadowed by one with an error, but by a sound one also a rule with an error", () => {
    const rules = [aRule({ from: "opus" }), aRule({ from: "claude-opus-5-5" }), aRule({ from: "claude-opus-5-5" })];
    const shadowed = (...unsound: number[]) =>
      findWarnings({ ...EMPTY_RULE_SET, rules }, catalogue, today, new Set(unsound)).map(({ index }) => index);

    expect([shadowed(), shadowed(0), shadowed(1), shadowed(0, 1)]).toEqual([[1, 2], [2], [1, 2], []]);
  });

  it("does not call a rule shadowed when a request can still reach it", () => {
    const conditional = { ...NO_CONDITIONS, project: ["a"] };

    expect(listCodes(aRule({ from: "opus", when: conditional }), aRule())).toEqual([]);
    expect(listCodes(aRule({ from: "opus", percentage: 99 }), aRule())).toEqual([]);
    expect(listCodes(aRule({ from: "opus", enabled: false }), aRule())).toEqual([]);
    expect(
      listCodes(aRule({ from: "claude-opus-5" }), aRule({ from: "claude-opus-5-5" }), aRule({ from: "opus" })),
    ).toEqual([]);
    expect(listCodes(aRule({ from: "o*" }), aRule({ from: "opus" }))).toEqual([]);
  });

  it("asks about a source that looks misspelt, not about an unknown one", () => {
    expect(listCodes(aRule({ from: "claude-sonet-5", to }))).toEqual(["0 unknown-source"]);
    expect(listCodes(aRule({ from: "opsu", to }))).toEqual(["0 unknown-source"]);
    expect(
      listCodes(
        aRule({ from: "claude-opus-6", to }),
        aRule({ from: "gpt-4o", to }),
        aRule({ from: "claude-sonnet-4.5-20250929", to }),
      ),
    ).toEqual([]);
  });

  it("asks about a misspelt source also in a rule without effect", () => {
    expect(listCodes(aRule({ from: "opsu", to, percentage: 0 }))).toEqual(["0 no-share", "0 unknown-source"]);
  });

  it("warns of a rule without effect", () => {
    expect(listCodes(aRule({ from: to, to }), aRule({ percentage: 0 }))).toEqual(["0 same-model", "1 no-share"]);
    expect(listCodes(aRule({ when: { ...NO_CONDITIONS, titleLike: true, hasTools: true } }))).toEqual([
      "0 never-applies",
    ]);
  });
});

describe("the nearest word", () => {
  it("finds the nearest word over one slip in four letters, and not beyond", () => {
    expect(nearest("enabeld", ["enabled", "rules"])).toBe("enabled");
    expect(nearest("Rules", ["enabled", "rules"])).toBe("rules");
    expect(nearest("zebra", ["enabled", "rules"])).toBeNull();
    expect(editDistance("kitten", "sitting")).toBe(3);
    expect(editDistance("ab", "ba")).toBe(1);
  });
});
