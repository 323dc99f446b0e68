import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aRule, readRuleSet } from "#tests/support/rule-builders.ts";
import { compareRuleSets, longestRising } from "./compare.ts";
import { EMPTY_RULE_SET } from "./rule-set.ts";

const rule = (body: string) => `[[rule]]\nfrom = "opus"\nto = "claude-sonnet-5-5"\n${body}\n`;
const compare = (before: string, after: string) =>
  compareRuleSets(readRuleSet(before), readRuleSet(after)).map(({ kind, text }) => `${kind}: ${text}`);

describe("the comparison of two rule sets", () => {
  it.each([
    [
      "a lost condition",
      rule("when = { subagent = true }"),
      rule(""),
      "changed: opus → sonnet-5-5: no longer only when it is a sub-agent",
    ],
    [
      "a new condition",
      rule(""),
      rule(`when = { project = ["a", "b"] }`),
      "changed: opus → sonnet-5-5: now only when project is a or b",
    ],
    [
      "another condition",
      rule(`when = { team = ["a"] }`),
      rule(`when = { team = ["b"] }`),
      "changed: opus → sonnet-5-5: now when team is b (was: team is a)",
    ],
    [
      "leave to drop safeguards",
      rule(""),
      rule('safeguards = "drop"'),
      "changed: opus → sonnet-5-5: safeguards may be left out",
    ],
    [
      "such leave taken back",
      rule('safeguards = "drop"'),
      rule(""),
      "changed: opus → sonnet-5-5: safeguards are never left out any more",
    ],
    [
      "fast mode that counts",
      rule(""),
      rule('fast_mode = "skip"'),
      "changed: opus → sonnet-5-5: fast mode keeps its model",
    ],
    [
      "a new key",
      rule(""),
      rule(`when = { key = ["CI"] }`),
      "changed: opus → sonnet-5-5: now only when the proxy key is CI",
    ],
    [
      "another value of a header",
      rule(`when = { header = { x-a = "1", x-b = "2" } }`),
      rule(`when = { header = { x-a = ["1", "3"], x-b = "2" } }`),
      "changed: opus → sonnet-5-5: now when header x-a is 1 or 3 (was: header x-a is 1)",
    ],
    [
      "a lost path",
      rule(`when = { path_prefix = "/t/pay" }`),
      rule(""),
      "changed: opus → sonnet-5-5: no longer only when the path is under /t/pay",
    ],
    [
      "titles",
      rule("when = { title_like = true }"),
      rule("when = { title_like = false }"),
      "changed: opus → sonnet-5-5: now when it is no title request (was: it is a title request)",
    ],
    ["a share", rule("percentage = 10"), rule("percentage = 25"), "changed: opus → sonnet-5-5: share 10 % → 25 %"],
    ["a switch", rule(""), rule("enabled = false"), "changed: opus → sonnet-5-5: switched off"],
    ["a note", rule(""), rule(`note = "Pilot"`), `changed: opus → sonnet-5-5: note "Pilot"`],
    [
      "a target",
      rule(""),
      rule("").replace("sonnet-5-5", "haiku-5-5"),
      "changed: opus → haiku-5-5: now served by haiku-5-5 instead of sonnet-5-5",
    ],
    ["a new rule", "", rule("percentage = 5"), "added: opus → sonnet-5-5, for 5 % of sessions: added as rule 1"],
    ["a lost rule", rule(""), "", "removed: opus → sonnet-5-5: removed"],
    ["the switch for everyone", "", "[overrides]\nenabled = false", "setting: Overrides paused for everyone"],
    ["the cache", "", "[cache]\nttl_seconds = 60", "setting: response cache ttl_seconds: 300 → 60"],
    ["a test", "", `[[test]]\nmodel = "a"\nexpect = "b"`, "setting: 1 test added"],
  ])("says %s in words", (_, before, after, text) => {
    expect(compare(before, after)).toEqual([text]);
  });

  it("names only the rules that moved, not those they passed", () => {
    const pairs = (...models: string[]) =>
      `[overrides]\nrules = [${models.map((model) => `["claude-${model}", "claude-haiku-5-5"]`).join(", ")}]`;

    expect(compare(pairs("a", "b", "c", "d"), pairs("d", "a", "b", "c"))).toEqual([
      "moved: d → haiku-5-5: moved up from position 4 to 1",
    ]);
  });

  it("does not see comments, forms and spelling of the file", () => {
    const pair = `# old form\n[overrides]\nrules = [["claude-opus-5-5", "claude-haiku-5-5"],]`;
    const table = `\n\n[[rule]]\nto = 'claude-haiku-5-5' # new form\nfrom = "claude-opus-5-5"\npercentage = 100`;

    expect(compare(pair, table)).toEqual([]);
  });

  it("of a rule set with itself is empty, and every rule is named once between two others", () => {
    const change = fc.record({
      from: fc.constantFrom("a", "b", "c"),
      to: fc.constantFrom("x", "y"),
      percentage: fc.constantFrom(5, 50),
    });
    const ruleSet = fc.array(change, { maxLength: 8 }).map((list) => ({
      ...EMPTY_RULE_SET,
      rules: list.map((one, i) => aRule({ ...one, id: `${one.from}${one.to}${i}` })),
    }));
    fc.assert(
      fc.property(ruleSet, ruleSet, (before, after) => {
        expect(compareRuleSets(before, before)).toEqual([]);
        const kinds = compareRuleSets(before, after).map(({ kind }) => kind);
        const count = (kind: string) => kinds.filter((one) => one === kind).length;
        expect(before.rules.length - count("removed")).toBe(after.rules.length - count("added"));
      }),
    );
  });
});

describe("a longest rising run", () => {
  it("rises and cannot be longer than the one found by trying all", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(20), { maxLength: 9 }), (values) => {
        const chosen = [...longestRising(values)].sort((a, b) => a - b).map((i) => values[i] ?? 0);
        let best = 0;
        for (let mask = 0; mask < 2 ** values.length; mask++) {
          const picked = values.filter((_, i) => mask & (1 << i));
          if (picked.every((value, i) => i === 0 || (picked[i - 1] ?? 0) < value)) best = Math.max(best, picked.length);
        }
        expect(chosen.every((value, i) => i === 0 || (chosen[i - 1] ?? 0) < value)).toBe(true);
        expect(chosen.length).toBe(best);
      }),
    );
  });
});
