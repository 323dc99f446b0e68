// Long because the order in which rules decide shows only when all conditions are tried against one function.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anInput, aRule, catalogue, compiledRules, compileText } from "#tests/support/rule-builders.ts";
import { compileRules } from "./compile.ts";
import { decide, explain } from "./decide.ts";
import type { DecideInput } from "./decide-input.ts";
import { EMPTY_RULE_SET, NO_CONDITIONS, type RuleConditions } from "./rule-set.ts";

const when = (change: Partial<RuleConditions>): RuleConditions => ({ ...NO_CONDITIONS, ...change });
const stage = (value: string) => (name: string) => (name === "x-stage" ? value : null);
const servedFor = (from: string, model: string): string | null => {
  const decision = decide(compiledRules(aRule({ from })), 1, anInput({ model }));
  return decision.kind === "override" ? decision.served : null;
};

describe("the left side of a rule", () => {
  it.each([
    ["claude-sonnet-4.5-20250929", "claude-sonnet-4-5-20250929"],
    ["claude-sonnet-4.5-20250929", "claude-sonnet-4.5-20250929"],
    ["claude-sonnet-4.5-20250929", "claude-sonnet-4-5"],
    ["claude-sonnet-4", "claude-sonnet-4-20250514"],
    ["claude-sonnet-4", "claude-sonnet-4-0"],
    ["claude-sonnet-3.5", "claude-3-5-sonnet-20241022"],
    ["claude-sonnet-3.5", "claude-3-5-sonnet-latest"],
    ["claude-opus-5-5", "us.anthropic.claude-opus-5-5-v1:0"],
    ["claude-opus-5-5", "anthropic/claude-opus-5-5"],
    ["claude-sonnet-4-5", "claude-sonnet-4-5@20250929"],
    ["claude-sonnet-4-5", "claude-sonnet-4-5-20250929[1m]"],
    ["opus", "claude-opus-5-5"],
    ["opus", "claude-3-opus-20240229"],
    ["opus", "claude-opus-6"],
    ["opus", "opus"],
    ["sonnet", "claude-sonnet-4.5-20250929"],
    ["claude-sonnet-*", "claude-sonnet-4-6"],
    ["claude-sonnet-4.5*", "claude-sonnet-4-5-20250929"],
    ["*", "gpt-4o"],
    ["claude-opus-?-5", "claude-opus-4-5-20251101"],
    ["gpt-4o", "gpt-4o"],
  ])("%s is about %s", (from, model) => {
    expect(servedFor(from, model)).toBe("claude-haiku-5-5");
  });

  it.each([
    ["claude-opus-5", "claude-opus-5-5"],
    ["claude-opus-5-5", "claude-opus-5"],
    ["claude-sonnet-4", "claude-sonnet-4-5-20250929"],
    ["claude-sonnet-4", "claude-sonnet-4-6"],
    ["claude-sonnet-4.5-20250929", "Claude-Sonnet-4-5-20250929"],
    ["Claude-Opus-5-5", "claude-opus-5-5"],
    ["opus", "claude-sonnet-5-5"],
    ["Opus", "claude-opus-5-5"],
    ["opus", "my-opus-copy"],
    ["claude-opus-5?", "claude-opus-5"],
    ["gpt-4o", "gpt-4o-mini"],
    ["claude-opus-5-5", " "],
    ["claude-opus-5-5", ""],
  ])("%s is not about %s", (from, model) => {
    expect(servedFor(from, model)).toBeNull();
  });
});

describe("a decision", () => {
  it("takes the first match: [[rule]], then [per_model_rules], then pairs, in any order of the file", () => {
    const compiled = compileText(`
[overrides]
rules = [["claude-opus-5-5", "claude-haiku-4-5"], ["claude-opus-5", "claude-sonnet-4-6"]]
[per_model_rules]
"claude-opus-5-5" = { override_to = "claude-sonnet-5" }
"claude-opus-5" = { override_to = "claude-sonnet-5" }
[[rule]]
from = "claude-opus-5-5"
to = "claude-sonnet-5-5"
`);

    expect(compiled.ruleSet.rules.map((rule) => rule.form)).toEqual(["rule", "per-model", "per-model", "pair", "pair"]);
    expect(decide(compiled, 3, anInput())).toEqual({
      kind: "override",
      requested: "claude-opus-5-5",
      served: "claude-sonnet-5-5",
      ruleId: compiled.ruleSet.rules[0]?.id,
      line: 7,
      version: 3,
      fallback: "on-refusal",
      why: "rule",
    });
    expect(decide(compiled, 3, anInput({ model: "claude-opus-5" }))).toMatchObject({
      served: "claude-sonnet-5",
      line: 6,
    });
  });

  it("takes the first match even when a later one is written more exactly", () => {
    const compiled = compiledRules(aRule({ from: "*", to: "claude-sonnet-5-5" }), aRule({ from: "claude-opus-5-5" }));

    expect(decide(compiled, 1, anInput())).toMatchObject({ served: "claude-sonnet-5-5" });
  });

  it("says why it passes", () => {
    const reason = (rule: Parameters<typeof aRule>[0], input: Partial<DecideInput> = {}) =>
      decide(compiledRules(aRule(rule)), 1, anInput(input));

    expect(
      decide(compileRules({ ...EMPTY_RULE_SET, enabled: false, rules: [aRule()] }, catalogue), 1, anInput()),
    ).toEqual({
      kind: "pass",
      requested: "claude-opus-5-5",
      why: "overrides-off",
      ruleId: null,
      version: 1,
    });
    expect(reason({ from: "fable" })).toMatchObject({ why: "no-rule", ruleId: null });
    expect(reason({ enabled: false })).toMatchObject({ why: "no-rule", ruleId: null });
    expect(reason({ percentage: 0 })).toMatchObject({ why: "outside-share", ruleId: expect.any(String) });
    expect(reason({ when: when({ team: ["payments"] }) })).toMatchObject({ why: "condition" });
    expect(reason({ to: "claude-opus-5-5" })).toMatchObject({ why: "same-model" });
    expect(reason({ to: "claude-haiku-4-5-20251001" }, { model: "claude-haiku-4-5" })).toMatchObject({
      why: "no-rule",
    });
    expect(reason({ from: "haiku", to: "claude-haiku-4-5-20251001" }, { model: "claude-haiku-4-5" })).toMatchObject({
      why: "same-model",
    });
  });

  it("fixes a spelling the provider does not know, even into the same model", () => {
    const compiled = compiledRules(aRule({ from: "haiku", to: "claude-haiku-4-5-20251001" }));

    expect(decide(compiled, 1, anInput({ model: "claude-haiku-4.5" }))).toMatchObject({ kind: "override" });
  });

  it.each<[string, Partial<RuleConditions>, Partial<DecideInput>, boolean]>([
    ["project", { project: ["payments"] }, { project: "payments" }, true],
    ["project", { project: ["payments"] }, { project: "Payments" }, false],
    ["project by pattern", { project: ["pay*"] }, { project: "payments" }, true],
    ["one of two projects", { project: ["a", "b"] }, { project: "b" }, true],
    ["person by id", { person: ["per_1"] }, { person: "per_1" }, true],
    ["person by address", { person: ["Ada@example.com"] }, { person: "per_1", personEmail: "ada@Example.com" }, true],
    ["person by domain", { person: ["*@example.com"] }, { person: "per_1", personEmail: "ada@example.com" }, true],
    ["an unknown person", { person: ["per_1"] }, {}, false],
    ["team", { team: ["core"] }, { team: "core" }, true],
    ["no team", { team: ["core"] }, { team: null }, false],
    [
      "all of them",
      { project: ["a"], person: ["per_1"], team: ["t"] },
      { project: "a", person: "per_1", team: "t" },
      true,
    ],
    ["not all of them", { project: ["a"], person: ["per_1"] }, { project: "b", person: "per_1" }, false],
    ["key by id", { key: ["key_1"] }, { key: "key_1", keyName: "CI" }, true],
    ["key by name", { key: ["ci *"] }, { key: "key_1", keyName: "CI build" }, true],
    ["another key", { key: ["ci"] }, { key: "key_1", keyName: "laptop" }, false],
    ["no key", { key: ["ci"] }, {}, false],
    ["header", { header: [{ name: "x-stage", values: ["a", "beta*"] }] }, { header: stage("beta-2") }, true],
    ["header of another value", { header: [{ name: "x-stage", values: ["a"] }] }, { header: stage("b") }, false],
    ["header that is missing", { header: [{ name: "x-stage", values: ["*"] }] }, {}, false],
    [
      "two headers",
      {
        header: [
          { name: "x-stage", values: ["a"] },
          { name: "x-other", values: ["a"] },
        ],
      },
      { header: stage("a") },
      false,
    ],
    ["path", { pathPrefix: ["/x", "/t/pay"] }, { path: "/t/pay/web/v1/messages" }, true],
    ["the path itself", { pathPrefix: ["/v1/messages"] }, { path: "/v1/messages" }, true],
    ["a path that only begins alike", { pathPrefix: ["/t/pay"] }, { path: "/t/payments/v1/messages" }, false],
    ["title", { titleLike: true }, { titleLike: true }, true],
    ["no title", { titleLike: false }, { titleLike: true }, false],
    ["sub-agent", { subagent: true }, { agentId: "agent-1" }, true],
    ["main thread", { subagent: true }, { agentId: null }, false],
    ["not a sub-agent", { subagent: false }, { agentId: null }, true],
    ["prompt at the bound", { maxPromptTokens: 100_000 }, { promptTokens: 100_000 }, true],
    ["prompt over it", { maxPromptTokens: 100_000 }, { promptTokens: 100_001 }, false],
    ["prompt of unknown size", { maxPromptTokens: 100_000 }, { promptTokens: null }, false],
    ["prompt large enough", { minPromptTokens: 10 }, { promptTokens: 10 }, true],
    ["tools", { hasTools: false }, { hasTools: true }, false],
    ["thinking", { hasThinking: true }, { hasThinking: true }, true],
  ])("asks for %s", (_, conditions, input, isOverridden) => {
    const decision = decide(compiledRules(aRule({ when: when(conditions) })), 1, anInput(input));

    expect(decision.kind).toBe(isOverridden ? "override" : "pass");
  });

  it("keeps a share stable per session, near its size, and a larger share keeps the sessions of a smaller one", () => {
    const rule = aRule({ id: "pilot" });
    const sessions = Array.from({ length: 10_000 }, (_, i) => `session-${i}`);
    const inside = (percentage: number) => {
      const compiled = compiledRules({ ...rule, percentage });
      return sessions.filter((sessionKey) => decide(compiled, 1, anInput({ sessionKey })).kind === "override");
    };
    const [small, large] = [inside(12.5), inside(40)];

    expect(inside(12.5)).toEqual(small);
    expect(Math.abs(small.length - 1_250)).toBeLessThan(140);
    expect(Math.abs(large.length - 4_000)).toBeLessThan(200);
    expect(small.filter((session) => !large.includes(session))).toEqual([]);
    expect(inside(100)).toHaveLength(10_000);
    expect(inside(0)).toHaveLength(0);
  });

  it("names the rule whose share leaves a session out, not the first rule about its model", () => {
    const other = aRule({ when: when({ project: ["web"] }) });
    const shared = aRule({ percentage: 50 });
    const compiled = compiledRules(other, shared, aRule({ percentage: 50, to: "claude-sonnet-5-5" }));
    const outside = Array.from({ length: 200 }, (_, i) => anInput({ sessionKey: `session-${i}` }))
      .map((input) => decide(compiled, 1, input))
      .filter(({ kind }) => kind === "pass");

    expect(outside.length).toBeGreaterThan(20);
    for (const decision of outside) expect(decision).toMatchObject({ why: "outside-share", ruleId: shared.id });
    expect(explain(compiledRules(other, aRule({ percentage: 0 })), 1, anInput()).sentence).toMatch(
      /^opus-5-5 stays because of rule 2, line \d+: this session is not among the 0% of the rule$/,
    );
  });

  it("does not split a share over requests that have no session", () => {
    const compiled = compiledRules(aRule({ percentage: 99 }));

    expect(decide(compiled, 1, anInput({ sessionKey: null }))).toMatchObject({ kind: "pass", why: "outside-share" });
  });
});

describe("an explanation", () => {
  it("names the rule in one sentence", () => {
    const compiled = compileText(`
[[rule]]
from = "opus"
to = "claude-sonnet-5-5"
when = { project = ["payments"] }
[[rule]]
from = "opus"
to = "claude-haiku-4-5-20251001"
note = "Pilot"
`);

    const explained = explain(compiled, 1, anInput());

    expect(explained.sentence).toBe("haiku-4-5 because rule 2, line 6 (Pilot)");
    expect(explained.trace.map((step) => [step.outcome, step.detail])).toEqual([
      ["condition", "project is default, the rule asks for payments"],
      ["matched", "claude-opus-5-5 is served by claude-haiku-4-5-20251001"],
    ]);
  });

  it.each<[string, Partial<DecideInput>, string]>([
    [
      "hours",
      { nowMs: Date.parse("2026-11-22T13:05:00Z") },
      "it is Sun 14:05 in Europe/Berlin, the rule applies Mon-Fri 08:00-18:00 Europe/Berlin",
    ],
    ["sub-agents", { agentId: null }, "this is not a sub-agent"],
    [
      "size",
      { agentId: "a", promptTokens: 9_000 },
      "the prompt is about 9,000 tokens, the rule asks for at most 5,000",
    ],
  ])("names the condition that failed: %s", (_, input, detail) => {
    const compiled = compileText(`
[[rule]]
from = "opus"
to = "claude-sonnet-5-5"
when = { subagent = true, hours = "Mon-Fri 08:00-18:00 Europe/Berlin", max_prompt_tokens = 5000 }
`);

    const explained = explain(compiled, 1, anInput({ agentId: "a", ...input }));

    expect(explained.trace[0]?.detail).toBe(detail);
    expect(explained.sentence).toBe(`opus-5-5 stays because of rule 1, line 2: ${detail}`);
  });

  it.each<[string, Partial<DecideInput>, string]>([
    ["keys", { keyName: "laptop", key: "key_1" }, "proxy key is laptop, the rule asks for CI"],
    ["keys that are missing", {}, "proxy key is none, the rule asks for CI"],
    ["headers", { keyName: "CI", header: stage("a") }, "header x-stage is a, the rule asks for beta"],
    ["missing headers", { keyName: "CI" }, "header x-stage is absent, the rule asks for beta"],
    [
      "paths",
      { keyName: "CI", header: stage("beta") },
      "the path is /v1/messages, the rule asks for one under /t/payments",
    ],
    ["titles", { keyName: "CI", header: stage("beta"), path: "/t/payments/v1/messages" }, "this is no title request"],
  ])("names the condition that failed: %s", (_, input, detail) => {
    const compiled = compileText(`
[[rule]]
from = "opus"
to = "claude-haiku-5-5"
when = { key = "CI", header = { x-stage = "beta" }, path_prefix = "/t/payments", title_like = true }
`);

    expect(explain(compiled, 1, anInput(input)).trace[0]?.detail).toBe(detail);
  });

  it("says so when nothing applies", () => {
    expect(explain(compiledRules(), 1, anInput()).sentence).toBe("opus-5-5 stays because there are no rules");
    expect(explain(compiledRules(aRule({ from: "fable" })), 1, anInput()).sentence).toBe(
      "opus-5-5 stays because no rule is about this model",
    );
  });

  it("always holds the same decision as deciding, found by trying every rule in turn", () => {
    const name = fc.constantFrom("a", "b", "per_1", "x*", "*", "a*", "?");
    const path = fc.constantFrom("/a", "/a/b", "/ab", "/a/b/v1");
    const list = fc.array(name, { maxLength: 2 });
    const models = fc.constantFrom(
      "claude-opus-5-5",
      "claude-opus-5",
      "claude-sonnet-4.5-20250929",
      "claude-sonnet-4-5",
      "claude-haiku-4-5",
      "gpt-4o",
      "opus",
    );
    const rule = fc.record({
      from: fc.oneof(models, fc.constantFrom("opus", "sonnet", "claude-*", "*-5", "claude-sonnet-4.5*", "?pt-4o")),
      enabled: fc.boolean(),
      percentage: fc.constantFrom(0, 30, 100),
      when: fc
        .record({
          project: list,
          person: list,
          team: list,
          key: list,
          header: fc.uniqueArray(
            fc.record({
              name: fc.constantFrom("x-stage", "x-b"),
              values: fc.array(name, { minLength: 1, maxLength: 2 }),
            }),
            { maxLength: 2, selector: (header) => header.name },
          ),
          pathPrefix: fc.array(path, { maxLength: 1 }),
          subagent: fc.constantFrom(null, null, true),
          titleLike: fc.constantFrom(null, null, true),
        })
        .map(when),
    });
    const input = fc.record({
      model: models,
      project: name,
      person: fc.option(name),
      personEmail: fc.option(name),
      team: fc.option(name),
      sessionKey: fc.option(fc.string()),
      agentId: fc.option(name),
      key: fc.option(name),
      keyName: fc.option(name),
      header: fc.constantFrom(stage("a"), stage("b")),
      path,
      titleLike: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(rule, { maxLength: 12 }),
        fc.array(input, { minLength: 1, maxLength: 4 }),
        (rules, inputs) => {
          const compiled = compiledRules(...rules.map((change) => aRule(change)));
          for (const change of inputs) {
            const { decision, trace } = explain(compiled, 7, anInput(change));
            const last = trace.at(-1);
            const matched = last?.outcome === "matched" ? last.ruleId : null;
            const firstNear =
              trace.find((step) => step.outcome === "outside-share") ??
              trace.find((step) => step.outcome !== "other-model" && step.outcome !== "disabled");
            if (matched !== null) expect(decision.ruleId).toBe(matched);
            else expect([decision.kind, decision.ruleId]).toEqual(["pass", firstNear?.ruleId ?? null]);
            if (matched === null && firstNear) expect(decision.why).toBe(firstNear.outcome);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});
