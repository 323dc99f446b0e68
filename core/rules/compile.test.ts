import { describe, expect, it } from "vitest";
import { anInput, aRule, compiledRules } from "#tests/support/rule-builders.ts";
import { type CompiledRules, candidatesFor } from "./compile.ts";
import { decide } from "./decide.ts";
import type { DecideInput } from "./decide-input.ts";
import { NOTHING_ASSUMED } from "./mismatch.ts";
import { NO_CONDITIONS, type RuleConditions } from "./rule-set.ts";

/** How many rules a decision looks at when none of them applies. */
function examined(compiled: CompiledRules, input: DecideInput): number {
  let count = 0;
  candidatesFor(compiled, input.model).walk(input, NOTHING_ASSUMED, () => {
    count++;
    return false;
  });
  return count;
}
const tenThousand = Array.from({ length: 10_000 }, (_, i) => i);

describe("10,000 rules", () => {
  it("examines one of 10,000 rules that are for as many models", () => {
    const compiled = compiledRules(...tenThousand.map((i) => aRule({ from: `claude-custom-${i}x` })));

    expect(examined(compiled, anInput({ model: "claude-custom-9999x" }))).toBe(1);
    expect(examined(compiled, anInput())).toBe(0);
    expect(decide(compiled, 1, anInput({ model: "claude-custom-9999x" }))).toMatchObject({ kind: "override" });
  });

  it.each(["person", "project", "team"] as const)(
    "examines one of 10,000 rules for one model, each for another %s",
    (noun) => {
      const rules = tenThousand.map((i) => aRule({ from: "opus", when: { ...NO_CONDITIONS, [noun]: [`name-${i}`] } }));
      const compiled = compiledRules(...rules);

      expect(examined(compiled, anInput({ [noun]: "name-9999" }))).toBe(1);
      expect(examined(compiled, anInput({ [noun]: "another" }))).toBe(0);
      expect(decide(compiled, 1, anInput({ [noun]: "name-9999" }))).toMatchObject({ ruleId: rules[9_999]?.id });
    },
  );

  it.each<[string, (i: number) => Partial<RuleConditions>, (i: number) => Partial<DecideInput>]>([
    ["key", (i) => ({ key: [`CI ${i}x`] }), (i) => ({ key: "key_1", keyName: `ci ${i}x` })],
    ["header", (i) => ({ header: [{ name: "x-a", values: [`v${i}x`] }] }), (i) => ({ header: () => `v${i}x` })],
    ["path", (i) => ({ pathPrefix: [`/t/team${i}`] }), (i) => ({ path: `/t/team${i}/v1/messages` })],
    ["pattern of a project", (i) => ({ project: [`team${i}-*`] }), (i) => ({ project: `team${i}-web` })],
    [
      "pattern of a header",
      (i) => ({ header: [{ name: "x-a", values: [`v${i}-*`] }] }),
      (i) => ({ header: () => `v${i}-1` }),
    ],
    [
      "person of one project",
      (i) => ({ project: ["web"], person: [`p${i}`] }),
      (i) => ({ project: "web", person: `p${i}` }),
    ],
    [
      "project of one person",
      (i) => ({ project: [`w${i}`], person: ["ada"] }),
      (i) => ({ project: `w${i}`, person: "ada" }),
    ],
    ["prompt size", (i) => ({ minPromptTokens: i, maxPromptTokens: i }), (i) => ({ promptTokens: i })],
    [
      "prompt size of one person",
      (i) => ({ person: ["ada"], minPromptTokens: i, maxPromptTokens: i }),
      (i) => ({ person: "ada", promptTokens: i }),
    ],
    ["ending of a project", (i) => ({ project: [`*-${i}x`] }), (i) => ({ project: `web-${i}x` })],
    [
      "size of a sub-agent's title without tools",
      (i) => ({ subagent: true, titleLike: true, hasTools: false, minPromptTokens: i, maxPromptTokens: i }),
      (i) => ({ agentId: "a", titleLike: true, hasTools: false, promptTokens: i }),
    ],
  ])("examines one of 10,000 rules for one model, each for another %s", (_, asks, has) => {
    const rules = tenThousand.map((i) => aRule({ from: "opus", when: { ...NO_CONDITIONS, ...asks(i) } }));
    const compiled = compiledRules(...rules);

    expect(examined(compiled, anInput(has(9_999)))).toBe(1);
    expect(examined(compiled, anInput(has(10_000)))).toBe(0);
    expect(decide(compiled, 1, anInput(has(9_999)))).toMatchObject({ ruleId: rules[9_999]?.id });
  });

  it("reads a header, and what makes a title, only when a rule about this model asks", () => {
    const asked: string[] = [];
    const input = (model: string): DecideInput => ({
      ...anInput({ model }),
      header: (name) => {
        asked.push(name);
        return null;
      },
      get titleLike() {
        asked.push("title");
        return false;
      },
    });
    const compiled = compiledRules(
      aRule({ from: "sonnet", when: { ...NO_CONDITIONS, header: [{ name: "x-a", values: ["a"] }] } }),
      aRule({ from: "sonnet", when: { ...NO_CONDITIONS, titleLike: true } }),
    );

    decide(compiled, 1, input("claude-opus-5-5"));
    expect(asked).toEqual([]);
    decide(compiled, 1, input("claude-sonnet-5-5"));
    expect(new Set(asked)).toEqual(new Set(["x-a", "title"]));
  });

  it("tries patterns by prefix, and examines only rules whose pattern matches", () => {
    const compiled = compiledRules(...tenThousand.map((i) => aRule({ from: `claude-team${i}-*` })));

    expect(examined(compiled, anInput({ model: "claude-team77-opus" }))).toBe(1);
    expect(examined(compiled, anInput({ model: "claude-team-opus" }))).toBe(0);
  });

  it("walks no rules again for a model seen before", () => {
    const compiled = compiledRules(...tenThousand.map((i) => aRule({ from: `*${i}x` })));

    const first = candidatesFor(compiled, "claude-opus-77x");

    expect(candidatesFor(compiled, "claude-opus-77x")).toBe(first);
  });
});

describe("names from callers", () => {
  it("caches names from callers in bounded number, and no long ones", () => {
    const compiled = compiledRules(aRule({ from: "*" }));

    for (let i = 0; i < 10_000; i++) decide(compiled, 1, anInput({ model: `claude-made-up-${i}` }));
    decide(compiled, 1, anInput({ model: "x".repeat(100_000) }));

    expect(compiled.sources.listByModel.size).toBeLessThanOrEqual(2_000);
    expect(compiled.sources.listBySources.size).toBeLessThanOrEqual(2_000);
    expect([...compiled.sources.listByModel.keys()].every((model) => model.length <= 200)).toBe(true);
  });

  it("T17: matches a model name in every decoration with the rule of its model", () => {
    const compiled = compiledRules(aRule({ from: "claude-sonnet-4-5" }));
    const decorate = [
      "%",
      "anthropic/%",
      "us.anthropic.%-v1:0",
      "eu.anthropic.%",
      "%-20250929",
      "%-latest",
      "%[1m]",
      " % ",
      "%@20250929",
    ];

    const missed = decorate.filter((form) => {
      const model = form.replace("%", "claude-sonnet-4-5");
      return decide(compiled, 1, anInput({ model })).kind === "pass";
    });

    expect(missed).toEqual([]);
  });

  it("treats names of object members as plain names", () => {
    const compiled = compiledRules(
      aRule({ from: "opus" }),
      aRule({ from: "claude-a", when: { ...NO_CONDITIONS, person: ["x"] } }),
    );

    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      expect(decide(compiled, 1, anInput({ model: name, project: name, person: name, team: name })).kind).toBe("pass");
    }
  });
});
