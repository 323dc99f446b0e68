import { describe, expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { parseOverridesToml } from "#config/overrides-toml.ts";
import { emptyTry, readHeaderLines } from "../try-input.ts";
import { checkText, readRules } from "./check-text.ts";
import { testEntry } from "./test-entry.ts";

const context = {
  catalogue: loadCatalogue(),
  today: "2026-11-22",
  zone: "UTC",
  requestsByModel: new Map<string, number>(),
};
const rules = `[[rule]]\nfrom = "opus"\nto = "claude-sonnet-5-5"\nwhen = { team = ["Pay\\"ments"] }\n`;
const asked = { ...emptyTry([{ id: "claude-opus-5-5" }]), team: 'Pay"ments', promptTokens: 1200 };

describe("a request saved as a test", () => {
  it("reads back as the tried request, for any input", () => {
    const parsed = parseOverridesToml(rules + testEntry(asked, "claude-sonnet-5-5"), context);

    expect(parsed.problems).toEqual([]);
    expect(parsed.ok && parsed.ruleSet.tests[0]).toMatchObject({
      model: "claude-opus-5-5",
      team: 'Pay"ments',
      subagent: false,
      promptTokens: 1200,
      expect: "claude-sonnet-5-5",
    });
  });

  it("keeps key, headers, path, title and tools of the tried request", () => {
    const more = `${rules}[[rule]]\nfrom = "opus"\nto = "claude-haiku-5-5"\n[rule.when]\nkey = "C\\"I"\ntitle_like = true\nhas_tools = false\npath_prefix = "/t/pay"\nheader = { x-stage = "b\\"*" }\n`;
    const tried = {
      ...emptyTry([{ id: "claude-opus-5-5" }]),
      key: 'C"I',
      titleLike: true,
      path: "/t/pay/v1/messages",
      headers: { "x-stage": 'b"1' },
    };
    const checked = checkText(more + testEntry(tried, "claude-haiku-5-5"), readRules(more, context), context);

    expect(checked.problems).toEqual([]);
    expect(checked.tests.map((test) => test.ok)).toEqual([true]);
  });

  it("passes on the text it was tried on", () => {
    const checked = checkText(rules + testEntry(asked, "claude-sonnet-5-5"), readRules(rules, context), context);

    expect(checked.errors).toBe(0);
    expect(checked.tests.map((test) => test.ok)).toEqual([true]);
  });
});

describe("the check while typing", () => {
  it("reports a new target that the provider would refuse as an error, and a live one as a remark", () => {
    const text = rules.replace("claude-sonnet-5-5", "claude-nothing-9");

    const fresh = checkText(text, readRules(rules, context), context);
    const live = checkText(text, readRules(text, context), context);

    expect(fresh.problems.map((problem) => [problem.severity, problem.line])).toEqual([["error", 3]]);
    expect(live.problems.map((problem) => [problem.severity, problem.line])).toEqual([["warning", 3]]);
  });
});

describe("typed headers", () => {
  it("are parsed line by line, and a credential is refused by name", () => {
    expect(readHeaderLines("X-CCO-Stage: beta: 2\n\n user-agent:ci ")).toEqual({
      headers: { "x-cco-stage": "beta: 2", "user-agent": "ci" },
      problem: null,
    });
    expect(readHeaderLines("authorization: Bearer x\nx-a: 1")).toEqual({
      headers: { "x-a": "1" },
      problem: "authorization may carry a credential: rules never look at it.",
    });
    expect(readHeaderLines("x-a").problem).toBe("Write one header a line: name: value");
  });
});
