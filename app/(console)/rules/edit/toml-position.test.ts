import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRules } from "#tests/support/rule-builders.ts";
import { findTomlPosition } from "./toml-position.ts";

/** Place of the bar in a text. */
function placeAt(written: string) {
  const cursor = written.indexOf("|");
  return findTomlPosition(written.replace("|", ""), cursor);
}

/** Path of the key whose value is typed at the bar. */
const pathAt = (written: string) => {
  const place = placeAt(written);
  return place && [...place.scope, place.key];
};

const blank = fc.constantFrom("", " ", "\t ");
const padded = (text: string) => fc.tuple(blank, blank).map(([before, after]) => before + text + after);
const spelt = (name: string) =>
  fc.constantFrom(
    ...(/^[\w-]+$/.test(name) ? [name] : []),
    `"${name}"`,
    `'${name}'`,
    `"\\u${hex(name)}${name.slice(1)}"`,
  );
const hex = (name: string) => name.charCodeAt(0).toString(16).padStart(4, "0");
const dotted = (...names: string[]) =>
  fc.tuple(...names.map(spelt), padded(".")).map((parts) => parts.slice(0, -1).join(parts.at(-1)));

/** Text in strings and comments that looks like something else. */
const hazard = fc.constantFrom("{", "[", "}", "]", "a = ", "it's", "# no", ",", "[overrides]", "[[test]]", "plain");
const written = fc.oneof(
  hazard.map((text) => `"${text} \\"${text}\\" \\\\"`),
  hazard.map((text) => `'${text.replaceAll("'", "")} \\'`),
  hazard.map((text) => `"""\n${text}\n"${text}" \\"""\n"""`),
  hazard.map((text) => `'''\n${text}\n"\n'''`),
);
const lineEnd = fc.oneof(
  fc.constantFrom("\n", "\n\n"),
  hazard.map((text) => ` # ${text} " \n`),
);
const entry = (key: fc.Arbitrary<string>, value: fc.Arbitrary<string>) =>
  fc.tuple(key, padded("="), value).map((parts) => parts.join(""));
const inline = (before: fc.Arbitrary<string>, last: fc.Arbitrary<string>) =>
  fc
    .tuple(before, last, fc.constantFrom("", "\n", " # { [\n"), fc.boolean())
    .map(([first, second, gap, isFirst]) => `{${gap}${isFirst ? "" : `${first},${gap}`} ${second}${gap}}`);

/** The value at the bar: a text, or an entry of a list on one line or several. */
const barValue = fc.constantFrom(
  '"|docs"',
  "'|docs'",
  '["|docs"]',
  '["ci", "|docs"]',
  "[\n  'ci', # a ]\n  \"|docs\"\n]",
);
const project = entry(spelt("project"), barValue);
const note = entry(spelt("note"), written);
const inWhen = inline(entry(spelt("person"), fc.constantFrom('"a"', '["a}", "b"]')), project);
const whenEntry = fc.oneof(entry(spelt("when"), inWhen), entry(dotted("when", "project"), barValue));
const header = (open: string, ...names: string[]) =>
  fc
    .tuple(padded(""), dotted(...names), padded(""), lineEnd)
    .map(([before, name, after, end]) => `${open}${before}${name}${after}${open.replaceAll("[", "]")}${end}`);
const joined = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((all) => all.join(""));
const above = joined(fc.constant("overrides.rules = [\n"), fc.constant('  ["a", "b"],\n]'), lineEnd);

/** The same rule in each spelling of `[[rule]]`, with the bar in a project of its conditions. */
const ruleText = (() => {
  const models = fc.constant('from = "opus"\nto = "claude-sonnet-5-5"\n');
  const table = joined(header("[[", "rule"), models, note, lineEnd);
  const list = joined(
    fc.constant('rule = [{ from = "opus", to = "claude-sonnet-5-5", '),
    whenEntry,
    fc.constant(" }]"),
  );
  return joined(
    above,
    fc.oneof(
      joined(table, whenEntry, lineEnd),
      joined(table, header("[", "rule", "when"), project, lineEnd),
      joined(list, lineEnd),
    ),
  );
})();

/** The same entry of `[per_model_rules]` in each spelling. */
const MODEL = "claude-opus-5-5";
const perModelText = (() => {
  const to = fc.constant('override_to = "claude-sonnet-5-5"');
  const fields = joined(to, fc.constant("\n"), note, lineEnd);
  const body = joined(fc.constant("{ "), to, fc.constant(", "), note, fc.constant(", "), whenEntry, fc.constant(" }"));
  return joined(
    above,
    fc.oneof(
      joined(header("[", "per_model_rules"), entry(spelt(MODEL), body), lineEnd),
      joined(entry(dotted("per_model_rules", MODEL), body), lineEnd),
      joined(header("[", "per_model_rules", MODEL), fields, whenEntry, lineEnd),
      joined(
        header("[", "per_model_rules", MODEL),
        fields,
        header("[", "per_model_rules", MODEL, "when"),
        project,
        lineEnd,
      ),
      joined(
        header("[", "per_model_rules"),
        entry(dotted(MODEL, "override_to"), fc.constant('"claude-sonnet-5-5"\n')),
        entry(dotted(MODEL, "when", "project"), barValue),
        lineEnd,
      ),
    ),
  );
})();

describe("the place of the cursor", () => {
  it.each([
    ["[[rule]]", ruleText, ["rule", "when", "project"]],
    ["[per_model_rules]", perModelText, ["per_model_rules", MODEL, "when", "project"]],
  ])("is the same in every valid spelling of an entry of %s", (_form, texts, path) => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(parseRules(text.replace("|", "")).problems.filter(({ severity }) => severity === "error")).toEqual([]);
        expect(pathAt(text)).toEqual(path);
        expect(placeAt(text)?.quote).not.toBeNull();
      }),
      { numRuns: 1_000 },
    );
  });

  it("is in no table on the line of a header and in a comment", () => {
    for (const text of [
      "[|",
      "[[ru|",
      '[["rule"]]|',
      "[overrides] # a|",
      '[per_model_rules."cl|"]',
      "# a|",
      "a = [ # b|",
    ])
      expect(placeAt(text), text).toBeNull();
  });

  it("is in the table of the last header, also below brackets and strings that were not closed", () => {
    expect(pathAt('[[rule]]\nwhen = { project = ["docs"\n\n[cache]\nscope = "|')).toEqual(["cache", "scope"]);
    expect(pathAt('[overrides]\nrules = [\n["a", "b"\n[[rule]]\nto = "|')).toEqual(["rule", "to"]);
    expect(pathAt('[[rule]]\nnote = "open {\nto = "|')).toEqual(["rule", "to"]);
    expect(pathAt('[[rule]\nto = "|')).toEqual(["rule", "to"]);
    expect(pathAt('[[rule]]\nwhen = { project = ["docs" }\nto = "|')).toEqual(["rule", "to"]);
  });

  it("is in the list where a line holds an entry that looks like a header", () => {
    expect(pathAt('[overrides]\nrules = [\n  ["a"]\n, "|')).toEqual(["overrides", "rules"]);
    expect(pathAt('[overrides]\nrules = [\n  [["a"]]\n, "|')).toEqual(["overrides", "rules"]);
    expect(pathAt("[overrides]\nrules = [\n  [true]\n, |")).toEqual(["overrides", "rules"]);
  });

  it("has the sign before the cursor, and the bracket around it with whether its entries stand on lines below", () => {
    const around = (text: string) => [
      placeAt(text)?.sign,
      placeAt(text)?.bracket?.mark,
      placeAt(text)?.bracket?.isSpread,
    ];

    expect(around("when = { |")).toEqual(["{", "{", false]);
    expect(around("when = { # a\n  project = [|")).toEqual(["[", "[", false]);
    expect(around('when = { # a\n  project = ["{"],|')).toEqual([",", "{", true]);
    expect(around('when = { project = [\n"docs",\n"checkout"], |')).toEqual([",", "{", false]);
    expect(around("when = { project = [\n  |")).toEqual(["", "[", true]);
    expect(around('when = { project = ["a,|')).toEqual(["", "[", false]);
  });

  it("is found in a text of a megabyte within a second", () => {
    const text = `${'[[rule]]\nnote = "a"\nwhen = { project = ["docs"] }\n'.repeat(20_000)}[cache]\nscope = "|`;
    const before = performance.now();

    expect(pathAt(text)).toEqual(["cache", "scope"]);
    expect(performance.now() - before).toBeLessThan(1_000);
  });
});
