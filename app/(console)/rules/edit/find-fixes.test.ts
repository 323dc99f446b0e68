import fc from "fast-check";
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { rounds } from "#tests/support/rounds.ts";
import { parseRules } from "#tests/support/rule-builders.ts";
import { findFixes } from "./find-fixes.ts";

/** The texts that the offered fixes of a text lead to, by what each of them writes. */
function fixed(text: string): Record<string, string> {
  const { problems } = parseRules(text);
  return Object.fromEntries(
    [...findFixes(text, problems)].map(([{ fix }, changes]) => {
      const fromTheEnd = [...changes].sort((a, b) => b.from - a.from);
      return [fix, fromTheEnd.reduce((now, { from, to, insert }) => now.slice(0, from) + insert + now.slice(to), text)];
    }),
  );
}

const SOURCE = ["claude-opuss-5-5", "claude-opus-5-5"] as const;
const TARGET = ["claude-haikuu-5-5", "claude-haiku-5-5"] as const;

/** What a text holds, as one line, with one name replaced. */
const held = (text: string, [from, to] = ["", ""]): string =>
  JSON.stringify(parse(text)).replaceAll(`"${from || to}"`, `"${to}"`);

describe("the fix of a misspelt requested model", () => {
  it.each([
    ['[per_model_rules."claude-opuss-5-5"]\n', '[per_model_rules."claude-opus-5-5"]\n'],
    ["[per_model_rules.'claude-opuss-5-5'] # ours\n", "[per_model_rules.'claude-opus-5-5'] # ours\n"],
    ["[ per_model_rules . claude-opuss-5-5 ]\n", "[ per_model_rules . claude-opus-5-5 ]\n"],
    ['[[per_model_rules."claude-opuss-5-5"]]\n', '[[per_model_rules."claude-opus-5-5"]]\n'],
    ['per_model_rules."claude-opuss-5-5".', 'per_model_rules."claude-opus-5-5".'],
    ["[per_model_rules]\n'claude-opuss-5-5' . ", "[per_model_rules]\n'claude-opus-5-5' . "],
    ["[per_model_rules]\nclaude-opuss-5-5.", "[per_model_rules]\nclaude-opus-5-5."],
    ["per_model_rules.claude-opuss-4.5.", "per_model_rules.claude-opus-4-5."],
    ["[per_model_rules.claude-opuss-4.5]\n", "[per_model_rules.claude-opus-4-5]\n"],
  ])("writes the name alone in %j", (before, after) => {
    const entry = 'override_to = "claude-haiku-5-5"\n';

    expect(Object.values(fixed(before + entry))).toEqual([after + entry]);
  });

  it("writes the name in every header and dotted key of the entry", () => {
    const entry = (name: string) =>
      `[per_model_rules.${name}]\noverride_to = "claude-haiku-5-5"\n[per_model_rules.${name}.when]\nsubagent = true\n`;
    const dotted = (name: string) =>
      `per_model_rules.${name}.override_to = "claude-haiku-5-5"\nper_model_rules.${name}.percentage = 5\n`;

    for (const write of [entry, dotted]) {
      expect(fixed(write("'claude-opuss-5-5'"))).toEqual({ [SOURCE[1]]: write("'claude-opus-5-5'") });
      expect(fixed(write("claude-opuss-4.5"))).toEqual({ "claude-opus-4-5": write("claude-opus-4-5") });
    }
  });

  it("is not offered where the section has the other name already", () => {
    const entry = (name: string) => `"${name}" = { override_to = "claude-haiku-5-5" }\n`;

    expect(fixed(`[per_model_rules]\n${entry(SOURCE[0])}${entry(SOURCE[1])}`)).toEqual({});
  });

  it("is not offered where a part of the name belongs to another entry, too", () => {
    const section = "[per_model_rules]\n";
    const entry = (name: string) => `${name}.override_to = "claude-haiku-5-5"\n`;

    expect(fixed(section + entry("claude-opuss-4.5") + entry("claude-opuss-4.6"))).toEqual({});
    const beside = `${section}claude-opuss-4.5.override_to = "claude-haiku-5-5"
claude-opuss-4.x = 1
`;
    expect(Object.keys(fixed(beside))).not.toContain("claude-opus-4-5");
  });

  it("is not offered for a text that has changed since it was checked", () => {
    const text = `[[rule]]\nfrom = "${SOURCE[0]}"\nto = "claude-haiku-5-5"\n`;
    const { problems } = parseRules(text);

    expect(findFixes(text, problems).size).toBe(1);
    expect(findFixes(`${text}x`, problems).size).toBe(0);
    expect(findFixes(text.replace("ss", "sss"), problems).size).toBe(0);
    expect(findFixes("", problems).size).toBe(0);
  });
});

const blank = fc.constantFrom("", " ", "\t ");
const around = (text: fc.Arbitrary<string>) => fc.tuple(blank, text, blank).map((parts) => parts.join(""));
const joined = (...parts: (fc.Arbitrary<string> | string)[]) =>
  fc.tuple(...parts.map((part) => (typeof part === "string" ? fc.constant(part) : part))).map((all) => all.join(""));
const key = (name: string) => around(fc.constantFrom(name, `"${name}"`, `'${name}'`));
const value = (text: string) => around(fc.constantFrom(`"${text}"`, `'${text}'`, `"""${text}"""`, `'''${text}'''`));
const lineEnd = fc.constantFrom("\n", "\r\n", ` # "${SOURCE[0]}" = '${TARGET[0]}'\n`, "\n\n");
const source = key(SOURCE[0]);
const target = value(TARGET[0]);
const note = '"in [brackets] = \\"x\\""';
const fields = (to: string) => joined(`${to} =`, target, `, note = ${note}, when = { project = ["docs"] }`);
const lines = joined("override_to =", target, lineEnd, `note = ${note}`, lineEnd);
const section = joined("[", key("per_model_rules"), "]", lineEnd);
const header = (open: string, close: string) => joined(open, key("per_model_rules"), ".", source, close, lineEnd);
const perModel = fc.oneof(
  joined(header("[", "]"), lines),
  joined(header("[[", "]]"), lines),
  joined(section, source, "= {", fields("override_to"), "}", lineEnd),
  joined(section, source, ".", key("override_to"), "=", target, lineEnd, source, '.note = ""', lineEnd),
  joined(key("per_model_rules"), ".", source, ".override_to =", target, lineEnd),
  joined("per_model_rules = {", source, "= {", fields("override_to"), "} }", lineEnd),
  joined(header("[", "]"), lines, "[per_model_rules.", source, ".when]", lineEnd, 'project = "docs"', lineEnd),
);
const rule = fc.oneof(
  joined("[[rule]]", lineEnd, key("from"), "=", value(SOURCE[0]), lineEnd, "to =", target, lineEnd),
  joined("rule = [{ from =", value(SOURCE[0]), ",", fields("to"), "}]", lineEnd),
  joined("[overrides]", lineEnd, "rules = [", lineEnd, "[", value(SOURCE[0]), ",", target, "],", lineEnd, "]", lineEnd),
);

describe("an offered fix", () => {
  it("leaves a text that differs in the name alone, in every spelling of a rule", () => {
    fc.assert(
      fc.property(fc.oneof(perModel, rule), fc.constantFrom("", "# ours\n", "\ufeff"), (written, above) => {
        const text = above + written;
        const fixes = fixed(text);

        expect(Object.keys(fixes).sort()).toEqual([TARGET[1], SOURCE[1]]);
        expect(held(fixes[SOURCE[1]] ?? "")).toBe(held(text, [...SOURCE]));
        expect(held(fixes[TARGET[1]] ?? "")).toBe(held(text, [...TARGET]));
      }),
      { numRuns: rounds(1_000) },
    );
  });

  it("leaves a text that can be parsed where the text before was damaged", () => {
    const good = `[[rule]]\nfrom = "opsu"\nto = '${TARGET[0]}'\n[per_model_rules."${SOURCE[0]}"]\noverride_to = "claude-haiku-4.5"\n`;
    const cut = fc.record({
      at: fc.nat(good.length),
      drop: fc.nat(6),
      put: fc.constantFrom("", '"', ".", "[", "]", "a"),
    });
    fc.assert(
      fc.property(fc.array(cut, { minLength: 1, maxLength: 3 }), (cuts) => {
        const text = cuts.reduce((now, { at, drop, put }) => now.slice(0, at) + put + now.slice(at + drop), good);
        for (const after of Object.values(fixed(text))) expect(held(after)).not.toBe(held(text));
      }),
      { numRuns: rounds(1_000) },
    );
  });
});
