// Long because every spelling of a rules file is one row or one promise about the same reader. That holds for right and
// wrong ones.

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileRules } from "#core/rules/compile.ts";
import { decide } from "#core/rules/decide.ts";
import { NO_CONDITIONS } from "#core/rules/rule-set.ts";
import { runRuleTests } from "#core/rules/run-rule-tests.ts";
import { anyCharacter } from "#tests/support/any-character.ts";
import { rounds } from "#tests/support/rounds.ts";
import { anInput, catalogue, parseRules, readRuleSet, today } from "#tests/support/rule-builders.ts";
import { CONDITION_KEYS } from "./condition-reader.ts";
import { parseOverridesToml, RULES_MAX } from "./overrides-toml.ts";

const shipped = readFileSync(new URL("model-overrides.toml", import.meta.url), "utf8");
/** Beside errors without the remarks on the made-up names of these texts. */
const listProblems = (text: string) => {
  const { ok, problems } = parseRules(text);
  const looked = problems.filter(({ code }) => ok || !["unknown-target", "unknown-source"].includes(code));
  return looked.map(({ line, column, code }) => `${line}:${column} ${code}`);
};

describe("the shipped rules file", () => {
  it("holds three rules and draws no remark", () => {
    const parsed = parseRules(shipped);

    expect(parsed).toMatchObject({ ok: true, problems: [] });
    expect(readRuleSet(shipped)).toMatchObject({
      enabled: true,
      analytics: { logOverrides: true, trackStatistics: true, reportFormat: "json" },
      cache: { enabled: true, maxMb: 256, ttlSeconds: 300 },
    });
    expect(readRuleSet(shipped).rules.map(({ form, from, to }) => [form, from, to])).toEqual([
      ["pair", "claude-sonnet-4.5-20250929", "claude-haiku-4-5-20251001"],
      ["pair", "claude-sonnet-4", "claude-haiku-4-5-20251001"],
      ["pair", "claude-sonnet-3.5", "claude-haiku-4-5-20251001"],
    ]);
  });

  it.each([
    ["claude-sonnet-4.5-20250929", 0],
    ["claude-sonnet-4-5-20250929", 0],
    ["claude-sonnet-4", 1],
    ["claude-sonnet-4-20250514", 1],
    ["claude-sonnet-3.5", 2],
    ["claude-3-5-sonnet-20241022", 2],
  ])("serves %s by rule %i", (model, rule) => {
    const ruleSet = readRuleSet(shipped);

    expect(decide(compileRules(ruleSet, catalogue), 1, anInput({ model }))).toMatchObject({
      kind: "override",
      served: "claude-haiku-4-5-20251001",
      ruleId: ruleSet.rules[rule]?.id,
    });
  });

  it("contains examples that work when their # is taken away", () => {
    const text = shipped
      .replace(/^# (?=(?:"claude|\[\[|\w+ = ))/gm, "")
      .replace(/^\[per_model_rules\]$/m, "[per_model_rules]");
    const parsed = parseRules(text);

    expect(parsed).toMatchObject({ ok: true, problems: [] });
    expect(readRuleSet(text).rules.map((rule) => rule.form)).toEqual(["rule", "per-model", "pair", "pair", "pair"]);
    expect(readRuleSet(text).tests).toHaveLength(1);
  });
});

describe("the guide to writing rules", () => {
  const guide = readFileSync(new URL("../docs/howto/write-rules.md", import.meta.url), "utf8");
  const examples = [...guide.matchAll(/```toml\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");

  it("contains examples that load without a remark, and tests that pass", () => {
    expect(examples.length).toBeGreaterThan(2);
    for (const text of examples) {
      const ruleSet = readRuleSet(text);
      expect(parseRules(text).problems).toEqual([]);
      expect(runRuleTests(ruleSet, compileRules(ruleSet, catalogue)).filter((test) => !test.ok)).toEqual([]);
    }
  });

  it("names every condition there is", () => {
    for (const key of CONDITION_KEYS) expect(guide).toContain(`\`${key}\``);
  });
});

describe("an old rules file", () => {
  it("loads unchanged: trailing commas, comments, statistics of earlier versions", () => {
    const parsed = parseRules(`# ours
[overrides]
enabled = false
rules = [
    ["claude-opus-5", "claude-sonnet-5",], # trailing commas
]
[analytics]
log_overrides = false
report_format = "text"
[per_model_rules]
"claude-opus-4-1-20250805" = { override_to = "claude-sonnet-5", percentage = 50, time_window = "business_hours" }
[override_statistics]
total_overrides = 12
by_model = { "claude-opus-5" = 3 }
`);

    expect(parsed).toMatchObject({ ok: true, problems: [] });
    if (!parsed.ok) return;
    const [perModel, pair] = parsed.ruleSet.rules;
    expect(perModel).toMatchObject({ form: "per-model", line: 11, from: "claude-opus-4-1-20250805", percentage: 50 });
    expect(perModel?.when.hours).toMatchObject({
      name: "business_hours",
      zone: "UTC",
      fromMinute: 540,
      toMinute: 1080,
    });
    expect(pair).toMatchObject({ form: "pair", line: 5 });
    expect(parsed.ruleSet).toMatchObject({ enabled: false, analytics: { logOverrides: false, reportFormat: "text" } });
  });

  it("reads an empty file as no rules and the default settings", () => {
    expect(readRuleSet("")).toMatchObject({ enabled: true, rules: [], cache: { enabled: true } });
  });
});

describe("a [[rule]] table", () => {
  it("says everything a rule can", () => {
    const text = `
[[rule]]
id = "payments-pilot"
from = "opus"
to = "claude-sonnet-5-5"
note = "Payments team pilot"
enabled = false
percentage = 12.5
fallback = "on-overload"
cache = true
fast_mode = "skip"
safeguards = "skip"
[rule.when]
project = "payments"
person = ["ada@example.com"]
team = ["core"]
subagent = true
hours = "Mon-Fri 08:00-18:00 Europe/Berlin"
min_prompt_tokens = 10
max_prompt_tokens = 100000
has_tools = true
has_thinking = false
key = ["CI build", "key_01*"]
path_prefix = ["/t/payments/", "/p/web"]
title_like = false
[rule.when.header]
X-CCO-Stage = "beta"
user-agent = ["claude-cli/2.*", "ci"]
`;

    expect(parseRules(text).problems).toEqual([]);
    expect(readRuleSet(text).rules).toEqual([
      {
        id: "payments-pilot",
        form: "rule",
        line: 2,
        from: "opus",
        to: "claude-sonnet-5-5",
        note: "Payments team pilot",
        enabled: false,
        percentage: 12.5,
        fallback: "on-overload",
        cache: true,
        fastMode: "skip",
        safeguards: "skip",
        when: {
          ...NO_CONDITIONS,
          project: ["payments"],
          person: ["ada@example.com"],
          team: ["core"],
          key: ["CI build", "key_01*"],
          header: [
            { name: "x-cco-stage", values: ["beta"] },
            { name: "user-agent", values: ["claude-cli/2.*", "ci"] },
          ],
          pathPrefix: ["/t/payments", "/p/web"],
          titleLike: false,
          subagent: true,
          hours: {
            days: [true, true, true, true, true, false, false],
            fromMinute: 480,
            toMinute: 1080,
            zone: "Europe/Berlin",
            name: null,
          },
          minPromptTokens: 10,
          maxPromptTokens: 100_000,
          hasTools: true,
          hasThinking: false,
        },
      },
    ]);
  });

  it("takes hours without a zone in the reporting zone", () => {
    const text = `[[rule]]\nfrom = "opus"\nto = "claude-sonnet-5-5"\ntime_window = "business_hours"`;
    const parsed = parseOverridesToml(text, { catalogue, today, zone: "Asia/Tokyo" });

    expect(parsed.ok && parsed.ruleSet.rules[0]?.when.hours?.zone).toBe("Asia/Tokyo");
    expect(parsed.ok && parsed.ruleSet.rules[0]?.id).toBe(readRuleSet(text).rules[0]?.id);
  });

  it("holds back a rule with a misspelt condition instead of applying it to all requests", () => {
    for (const line of [
      `when = { projekt = ["a"] }`,
      `whn = { project = ["a"] }`,
      `project = ["a"]`,
      "precentage = 5",
    ]) {
      const parsed = parseRules(`[[rule]]\nfrom = "opus"\nto = "claude-sonnet-5-5"\n${line}`);

      expect(parsed.problems).toMatchObject([{ severity: "warning", code: "unknown-condition", line: 4 }]);
      expect(parsed.ok && parsed.ruleSet.rules[0]?.enabled).toBe(false);
    }
  });
});

describe("a rule id", () => {
  const findId = (text: string) => readRuleSet(text).rules[0]?.id;
  const table = (more: string) => `[[rule]]\nfrom = "a"\nto = "claude-haiku-5-5"\n${more}`;

  it("stays over form, place, share, note, switch and fallback, and changes with meaning", () => {
    const id = findId(`[overrides]\nrules = [["a", "claude-haiku-5-5"]]`);

    expect(findId(`[per_model_rules]\na = { override_to = "claude-haiku-5-5" }`)).toBe(id);
    expect(findId(`# moved\n\n${table(`percentage = 5\nnote = "x"\nenabled = false\nfallback = "never"`)}`)).toBe(id);
    expect(findId(table("when = { subagent = true }"))).not.toBe(id);
    expect(findId(table("").replace("haiku", "opus"))).not.toBe(id);
  });

  it("stays what it was before there were conditions on keys, headers, paths and titles", () => {
    const ids = readRuleSet(`[overrides]
rules = [["claude-sonnet-4", "claude-haiku-4-5-20251001"]]
[per_model_rules]
"claude-opus-4-1-20250805" = { override_to = "claude-sonnet-5-5", percentage = 50, time_window = "business_hours" }
[[rule]]
from = "opus"
to = "claude-sonnet-5-5"
when = { project = ["b", "a"], person = "p", team = ["t"], subagent = true, hours = "Mon-Fri 08:00-18:00 Europe/Berlin", min_prompt_tokens = 1, max_prompt_tokens = 9, has_tools = true, has_thinking = false }
`).rules.map((rule) => rule.id);

    expect(ids).toEqual(["rul_xgnfg6dsmzdf", "rul_99n7nhtxbk6z", "rul_r0t3xne1543a"]);
  });

  it("changes with each condition, not with the order its values are written in", () => {
    const later = [
      'key = "a"',
      'header = { x-a = "1" }',
      'header = { x-b = "1" }',
      'header = { x-a = "2" }',
      'path_prefix = "/a"',
      "title_like = true",
      "title_like = false",
    ].map((condition) => findId(table(`when = { ${condition} }`)));

    expect(new Set([...later, findId(table(""))]).size).toBe(8);
    expect(findId(table(`when = { key = ["a", "b"], header = { x-a = ["1", "2"], X-B = "3" } }`))).toBe(
      findId(table(`when = { header = { x-b = "3", x-a = ["2", "1"] }, key = ["b", "a"] }`)),
    );
  });

  it("gives no two rules the same id", () => {
    const twice = `${table("")}\n${table("")}\n${table("")}`;
    const ids = readRuleSet(twice).rules.map((rule) => rule.id);

    expect(new Set(ids).size).toBe(3);
    expect(listProblems(`${table('id = "x"')}\n${table('id = "x"')}`)).toContain("5:1 duplicate-id");
  });
});

describe("what is wrong with values", () => {
  it("lists all wrong values at once, each with line and column", () => {
    const text = `[overrides]
enabled = "true"
rulse = []
rules = [["a"], ["b", 3], "c"]
[analytics]
report_format = "jsn"
[cache]
max_mb = -1
ttl_seconds = 1.5
[[rule]]
from = "opus"
percentage = 150
when = { hours = "Mon-Fry 08:00-18:00", max_prompt_tokens = "5" }
[[test]]
model = "x"
[overide_statistics]
`;

    expect(listProblems(text)).toEqual([
      "2:11 bad-type",
      "3:1 unknown-key",
      "4:10 bad-pair",
      "4:17 bad-pair",
      "4:27 bad-pair",
      "6:17 bad-value",
      "8:10 bad-value",
      "9:15 bad-value",
      "10:1 missing-key",
      "12:14 bad-value",
      "13:18 bad-hours",
      "13:61 bad-type",
      "14:1 missing-key",
      "16:1 unknown-key",
    ]);
    expect(parseRules(text)).toMatchObject({ ok: false });
    expect(
      parseRules(text)
        .problems.map((problem) => problem.fix)
        .filter(Boolean),
    ).toEqual(["true", "rules", "json", `to = "..."`, "5", `expect = "..."`, "override_statistics"]);
  });

  it.each([
    ["overrides = 3", "1:13 bad-type"],
    ["rule = 3", "1:8 bad-type"],
    ["rule = [3]", "1:9 bad-type"],
    ["[overrides]\nrules = 3", "2:9 bad-type"],
    [`[per_model_rules]\n"a" = "b"`, "2:7 bad-type"],
    [`[per_model_rules]\n"a" = { }`, "2:7 missing-key"],
    [`[per_model_rules]\nclaude-sonnet-4.5 = { override_to = "b" }`, "2:1 key-needs-quotes"],
    [`[[rule]]\nfrom = "a"\nto = "claude-*"`, "3:6 pattern-target"],
    [`[[rule]]\nfrom = "a b"\nto = "b"`, "2:8 bad-model"],
    [`[[rule]]\nfrom = ""\nto = "b"`, "2:8 bad-model"],
    [`[[rule]]\nfrom = "a"\nto = "b"\nid = "a b"`, "4:6 bad-value"],
    [`[[rule]]\nfrom = "a"\nto = "b"\ntime_window = "nights"\nwhen = { hours = "nights" }`, "5:18 bad-value"],
    [`[[rule]]\nfrom = "a"\nto = "b"\nwhen = { min_prompt_tokens = 9, max_prompt_tokens = 8 }`, "4:30 bad-value"],
    [`[[rule]]\nfrom = "a"\nto = "b"\nwhen = 2026-11-22`, "4:8 bad-type"],
    [`[[rule]]\nfrom = "a"\nto = "b"\npercentage = nan`, "4:14 bad-value"],
    [`[[rule]]\nfrom = "a"\nto = "b"\nwhen = { path_prefix = "t/pay" }`, "4:24 bad-value"],
    [`[[rule]]\nfrom = "a"\nto = "b"\nwhen = { path_prefix = "/t/*" }`, "4:24 bad-value"],
    [`[[rule]]\nfrom = "a"\nto = "b"\nwhen = { path_prefix = "/" }`, "4:24 bad-value"],
    [`[[rule]]\nfrom = "a"\nto = "b"\nwhen = { header = "x-a" }`, "4:19 bad-type"],
    [`[[rule]]\nfrom = "a"\nto = "b"\nwhen = { header = { x-a = 3 } }`, "4:27 bad-type"],
    [`[[rule]]\nfrom = "a"\nto = "b"\nwhen = { header = { "x a" = "b" } }`, "4:21 bad-value"],
    [`[[rule]]\nfrom = "a"\nto = "b"\nwhen = { title_like = "yes" }`, "4:23 bad-type"],
    [`[[test]]\nmodel = "a"\nexpect = "b"\nheader = { Cookie = "c" }`, "4:12 secret-header"],
  ])("%j is %s", (text, problem) => {
    expect(listProblems(text)).toEqual([problem]);
  });
});

describe("headers that may carry a credential", () => {
  it.each([
    "authorization",
    "Authorization",
    "x-api-key",
    "x-cco-key",
    "cookie",
    "Proxy-Authorization",
    "x-auth-token",
  ])("%s is refused at its place, and named", (name) => {
    const text = `[[rule]]\nfrom = "a"\nto = "claude-haiku-5-5"\n[rule.when.header]\n${name} = "secret-value"`;
    const { ok, problems } = parseRules(text);

    expect(ok).toBe(false);
    expect(problems).toMatchObject([{ severity: "error", code: "secret-header", line: 5, column: 1 }]);
    expect(problems[0]?.message).toContain(`"${name}" may carry a credential`);
    expect(problems[0]?.message).not.toContain("secret-value");
  });

  it("allows conditions on headers that clients send to be recognised by", () => {
    for (const name of ["user-agent", "x-app", "x-cco-stage", "anthropic-version", "x-keyboard", "x-stainless-lang"]) {
      expect(listProblems(`[[rule]]\nfrom = "a"\nto = "claude-haiku-5-5"\n[rule.when.header]\n${name} = "a"`)).toEqual(
        [],
      );
    }
  });

  it("refuses more header names than a decision should look up", () => {
    const rules = Array.from(
      { length: 51 },
      (_, i) => `[[rule]]\nfrom = "a"\nto = "claude-haiku-5-5"\nwhen = { header = { x-${i} = "a" } }`,
    );

    expect(listProblems(rules.slice(1).join("\n"))).toEqual([]);
    expect(listProblems(rules.join("\n"))).toEqual(["201:1 too-many-headers"]);
  });
});

describe("remarks on targets", () => {
  it("places a remark under the target and leaves the rules usable", () => {
    const parsed = parseRules(`[overrides]
rules = [
    ["claude-opus-5", "claude-haiku-4.5"],
    ["claude-opus-4-6", "claude-opus-4-1"],
    ["claude-opus-4-7", "claude-sonnet-4-5-20250929"],
    ["claude-opus-4-8", "claude-hauki-5-5"],
]`);

    expect(parsed.ok).toBe(true);
    expect(
      parsed.problems.map(({ line, column, endColumn, code, fix }) => [line, column, endColumn, code, fix]),
    ).toEqual([
      [3, 23, 41, "dotted-target", "claude-haiku-4-5-20251001"],
      [4, 25, 42, "retired-target", "claude-opus-5-5"],
      [5, 25, 53, "retiring-target", "claude-sonnet-5-5"],
      [6, 25, 43, "unknown-target", "claude-haiku-5-5"],
    ]);
  });
});

describe("hostile texts", () => {
  it.each([
    ["more than 1 MB", `# ${"x".repeat(1_048_576)}`, "1:1 too-large"],
    ["more than 1 MB in bytes only", `# ${"é".repeat(600_000)}`, "1:1 too-large"],
    ["20,000 nested lists", `x = ${"[".repeat(20_000)}`, "1:37 too-deep"],
    ["20,000 nested tables", `x = ${"{a=".repeat(20_000)}`, "1:101 too-deep"],
    ["too many rules", `[overrides]\nrules = [${`["a","b"],`.repeat(RULES_MAX + 1)}]`, "1:1 too-many-rules"],
    ["a number no double holds", "x = 9223372036854775807", "1:5 syntax"],
  ])("%s give one clean problem", (_, text, problem) => {
    expect(listProblems(text)).toEqual([problem]);
  });

  it("cannot reach the prototype of an object", () => {
    const text = `[__proto__]\nx = 1\n[constructor.prototype]\nx = 1\n[per_model_rules]\n__proto__ = { override_to = "b" }\n[[rule]]\nfrom = "a"\nto = "b"\nwhen = { __proto__ = { x = 1 } }`;

    const parsed = parseRules(text);

    expect(parsed.problems.map((problem) => problem.code)).toContain("unknown-key");
    expect(({} as Record<string, unknown>).x).toBeUndefined();
    expect(readRuleSet(`[per_model_rules]\n__proto__ = { override_to = "claude-haiku-5-5" }`).rules[0]?.from).toBe(
      "__proto__",
    );
  });

  it("never throws on a damaged copy of a good file", () => {
    const cut = fc.record({
      at: fc.nat(shipped.length),
      drop: fc.nat(12),
      put: fc.string({ unit: anyCharacter, maxLength: 6 }),
    });
    fc.assert(
      fc.property(fc.array(cut, { minLength: 1, maxLength: 4 }), (cuts) => {
        const text = cuts.reduce((now, { at, drop, put }) => now.slice(0, at) + put + now.slice(at + drop), shipped);
        const { problems, ok } = parseRules(text);
        const lines = text.split("\n").length;
        expect(problems.every((p) => p.line >= 1 && p.line <= lines && p.column >= 1 && p.endLine >= p.line)).toBe(
          true,
        );
        expect(ok || problems.some((p) => p.severity === "error")).toBe(true);
      }),
      { numRuns: rounds(250) },
    );
  });

  it("never throws on random TOML-like pieces", () => {
    const piece = fc.constantFrom(
      "[",
      "]",
      "{",
      "}",
      "=",
      ",",
      '"',
      "'",
      '"""',
      "\n",
      "#",
      ".",
      " ",
      "a",
      "rules",
      "overrides",
      "true",
      "1",
      "\\",
      "rule",
      "when",
      "2026-11-22",
      "__proto__",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => void parseRules(pieces.join(""))),
      { numRuns: rounds(1_000) },
    );
  });

  it("lists a bounded number of problems for thousands of mistakes", () => {
    const text = `[overrides]\nrules = [${`["a"],`.repeat(9_000)}]`;

    expect(parseRules(text).problems.length).toBeLessThanOrEqual(1_001);
  });
});

describe("a text with errors", () => {
  it("names unknown models beside a number that is wrong, all at once", () => {
    const text = '[[rule]]\nfrom = "opsu"\nto = "claude-haiku-9"\npercentage = 140\n[cache]\nmax_mb = 0';

    const found = parseRules(text);

    expect(found.ok).toBe(false);
    expect(found.problems.map(({ code, line }) => [line, code])).toEqual([
      [2, "unknown-source"],
      [3, "unknown-target"],
      [4, "bad-value"],
      [6, "bad-value"],
    ]);
  });

  it.each([
    ["a rule without to", '[[rule]]\nfrom = "opsu"'],
    ["a rule whose to is a number", '[[rule]]\nfrom = "opsu"\nto = 3'],
    ["an entry without override_to", "[per_model_rules]\nopsu = { percentage = 5 }"],
    ["an entry that is a text", '[per_model_rules]\nopsu = "claude-haiku-5-5"'],
    ["a pair whose served model is empty", '[overrides]\nrules = [["opsu", ""]]'],
    ["a pair whose served model is a number", '[overrides]\nrules = [["opsu", 7]]'],
    ["a pair of three", '[overrides]\nrules = [["opsu", "claude-haiku-5-5", "x"]]'],
  ])("names the misspelt source of %s, too", (_what, text) => {
    const found = parseRules(text);

    expect(found.ok).toBe(false);
    expect(found.problems).toContainEqual(
      expect.objectContaining({ code: "unknown-source", severity: "warning", fix: "opus" }),
    );
  });

  it.each([
    ["beside a number", '[overrides]\nrules = [[5, "claude-sonet-5-5"]]', ["2:10 bad-pair", "2:14 unknown-target"]],
    [
      "of three",
      '[overrides]\nrules = [["opsu", "claude-sonet-5-5", "x"]]',
      ["2:10 bad-pair", "2:11 unknown-source", "2:19 unknown-target"],
    ],
    [
      "with a space and a pattern",
      '[overrides]\nrules = [["opus ", "claude-*"]]',
      ["2:11 bad-model", "2:20 pattern-target"],
    ],
  ])("names each wrong model of a pair %s", (_what, text, expected) => {
    expect(parseRules(text).problems.map(({ line, column, code }) => `${line}:${column} ${code}`)).toEqual(expected);
  });

  it("names what is wrong in an entry whose model lacks its quotation marks", () => {
    const codesIn = (header: string) =>
      parseRules(`[per_model_rules.${header}]\noverride_to = "claude-sonet-5-5"\npercentage = 500\nprcentage = 5\n`)
        .problems.map(({ line, code }) => `${line} ${code}`)
        .sort();
    const inside = ["2 unknown-target", "3 bad-value", "4 unknown-condition"];

    expect(codesIn('"claude-opus-4.8"')).toEqual(inside);
    expect(codesIn("claude-opus-4.8")).toEqual(["1 key-needs-quotes", ...inside]);
    expect(codesIn("claude-opus-4.8.1")).toEqual(["1 key-needs-quotes", ...inside]);
  });

  it.each([
    ['[per_model_rules."claude-opus-5-5"]', "\n", ""],
    ["[per_model_rules.claude-opus-5-5]", "\n", ""],
    ['[per_model_rules]\n"claude-opus-5-5" = {', ", ", "}"],
    ['[[per_model_rules]]\n"claude-opus-5-5" = {', ", ", "}"],
  ])("names the unknown keys of an entry without override_to that hold tables, in %j", (head, separator, end) => {
    const fields = ['override = "x"', "percentage = 140", 'wen = { project = ["docs"] }', "extra = { a = { b = 1 } }"];
    const found = parseRules(`${head}${separator === "\n" ? "\n" : ""}${fields.join(separator)}${end}`).problems;

    expect(found.map(({ code }) => code).filter((code) => code !== "bad-type")).toEqual([
      "missing-key",
      "unknown-key",
      "bad-value",
      "unknown-condition",
      "unknown-key",
    ]);
    expect(found.map(({ message }) => message).join(" ")).not.toContain("quotation marks");
  });

  it("takes a misspelt key for none of the name where it is joined to the model by a dot", () => {
    const codes = ["missing-key", "unknown-condition"];
    const codesIn = (text: string) => parseRules(text).problems.map(({ code }) => code);

    expect(codesIn('[per_model_rules."claude-opus-5-5".wen]\nproject = ["docs"]')).toEqual(codes);
    expect(codesIn('[per_model_rules]\nopus.wen.project = ["docs"]')).toEqual(codes);
  });

  it("names each model whose dots cut it into several keys, and what is wrong in each entry", () => {
    const entry = (name: string) => `[per_model_rules.${name}]\noverride = "x"\npercentage = 140\n`;
    const found = parseRules(entry("claude-opus-4.8") + entry("claude-opus-4.5") + entry("us.anthropic.claude-x"));

    const each = (line: number) => [
      `${line}:1 missing-key`,
      `${line}:18 key-needs-quotes`,
      `${line + 1}:1 unknown-key`,
      `${line + 2}:14 bad-value`,
    ];
    expect(found.problems.map(({ line, column, code }) => `${line}:${column} ${code}`)).toEqual([
      ...each(1),
      ...each(4),
      ...each(7),
    ]);
  });

  it.each([
    ["claude-opus-4", '[per_model_rules.claude-opus-4.8]\noverride_to = "claude-sonnet-5-5"'],
    ["claude-opus-5-5", '[per_model_rules.claude-opus-5-5.meta]\nnote = "owner: platform"'],
    ['"claude-opus-5-5"', '[per_model_rules."claude-opus-5-5".statistics]\ncached = 4'],
    ["claude-opus-5-5", "[per_model_rules.claude-opus-5-5.limits]\nrates = { id = 3 }"],
  ])("accepts a rule for %s beside one of its tables that is not read: %s", (name, table) => {
    const parsed = parseRules(`[per_model_rules.${name}]\noverride_to = "claude-haiku-5-5"\n${table}\n`);

    expect(parsed.ok).toBe(true);
    expect(parsed.problems.map(({ severity, code }) => `${severity} ${code}`)).toEqual(["warning unknown-key"]);
  });

  it.each([
    ["[rule]", '[rule]\nfrom = "opuss"\nto = "claude-haikuu-5-5"\npercentage = 140', 1],
    ["rule = {}", 'rule = { from = "opuss", to = "claude-haikuu-5-5", percentage = 140 }', 1],
    [
      "[[per_model_rules]]",
      '[[per_model_rules]]\nopuss = { override_to = "claude-haikuu-5-5", percentage = 140 }\n[[per_model_rules]]\nopus = 3',
      2,
    ],
    ["[[per_model_rules.x]]", '[[per_model_rules.opuss]]\noverride_to = "claude-haikuu-5-5"\npercentage = 140', 1],
  ])("names what is wrong in a rule beside its form: %s", (_form, text, count) => {
    const { problems } = parseRules(text);

    expect(problems.map(({ code }) => code).sort()).toEqual(
      [...Array.from({ length: count }, () => "bad-type"), "bad-value", "unknown-source", "unknown-target"].sort(),
    );
    expect(problems.find(({ code }) => code === "bad-type")?.line).toBe(1);
  });

  it("says that a single table of rules or tests is written in two brackets", () => {
    const said = (text: string) => parseRules(text).problems.find(({ code }) => code === "bad-type")?.message;

    expect(said('[rule]\nfrom = "opus"')).toBe("rule is written as [[rule]], not as a single table.");
    expect(said('[test]\nmodel = "opus"')).toBe("test is written as [[test]], not as a single table.");
  });

  it.each([
    ["[[overrides]]\nenabled = 4\nrules = [5]", ["1:1 bad-type", "2:11 bad-type", "3:10 bad-pair"]],
    ['[[cache]]\nmax_mb = "a"\n[[cache]]\nscope = "b"', ["1:1 bad-type", "2:10 bad-type", "4:9 bad-value"]],
    ["[[analytics]]\nlog_overrides = 4", ["1:1 bad-type", "2:17 bad-type"]],
    ["[test]\nmodel = 4\nexpect = 4", ["1:1 bad-type", "2:9 bad-type", "3:10 bad-type"]],
    [
      '[[rule]]\nfrom = "a"\nto = "b"\n[[rule.when]]\nsubagent = 4\nprojct = "a"\n[[rule.when.header]]\nx-a = 4',
      ["4:1 bad-type", "5:12 bad-type", "6:1 unknown-condition", "7:1 bad-type", "8:7 bad-type"],
    ],
  ])("names what is wrong in a table beside its form: %j", (text, expected) => {
    expect(listProblems(text)).toEqual(expected);
  });

  it("is found in a section of many dotted keys within seconds", () => {
    const text = Array.from({ length: 40_000 }, (_, at) => `per_model_rules.x.a${at}.b = 1`).join("\n");
    const before = performance.now();

    expect(parseRules(text).ok).toBe(false);
    expect(parseRules(`per_model_rules${".a".repeat(200_000)} = 1`).ok).toBe(false);
    expect(performance.now() - before).toBeLessThan(20_000);
  });

  it.each([
    ["[[rule]]", (field: string) => `[[rule]]\nfrom = "opus"\nto = "claude-haiku-5-5"\n${field}\n`],
    [
      "[per_model_rules]",
      (field: string) => `[per_model_rules]\nopus = { override_to = "claude-haiku-5-5", ${field} }\n`,
    ],
  ])("names what %s shadows beside an error elsewhere, and nothing beside its own", (_form, write) => {
    const pairs = '[overrides]\nrules = [["claude-opus-5-5", "claude-sonnet-5-5"]]\n';
    const shadowed = (text: string) => parseRules(text).problems.filter(({ code }) => code === "shadowed-rule").length;

    expect(shadowed(`${pairs}enabled = 3\n${write("percentage = 100")}`)).toBe(1);
    expect(shadowed(pairs + write("percentage = 900"))).toBe(0);
    expect(shadowed(pairs + write('fallback = "no"'))).toBe(0);
  });

  it("refuses a pattern as the served model of a rule without from, too", () => {
    expect(listProblems('[[rule]]\nto = "claude-*"')).toEqual(["1:1 missing-key", "2:6 pattern-target"]);
  });

  it.each([
    ["a rule without from", '[[rule]]\nto = "claude-haiku-9"', [1, 2]],
    ["a rule whose from is a number", '[[rule]]\nfrom = 3\nto = "claude-haiku-9"', [2, 3]],
    ["an entry whose model holds a space", '[per_model_rules]\n"a b" = { override_to = "claude-haiku-9" }', [2, 2]],
    ["an entry that is a text", '[per_model_rules]\nopus = "claude-haiku-9"', [2, 2]],
    ["a pair whose requested model is empty", '[overrides]\nrules = [["", "claude-haiku-9"]]', [2, 2]],
  ])("names the unknown target of %s, too", (_what, text, lines) => {
    const found = parseRules(text);

    expect(found.ok).toBe(false);
    expect(found.problems.map(({ line }) => line)).toEqual(lines);
    expect(found.problems).toContainEqual(expect.objectContaining({ code: "unknown-target", severity: "warning" }));
  });
});
