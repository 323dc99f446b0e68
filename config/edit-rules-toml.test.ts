import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyCharacter } from "#tests/support/any-character.ts";
import { rounds } from "#tests/support/rounds.ts";
import { readRuleSet } from "#tests/support/rule-builders.ts";
import { editRulesToml, type RuleEdit, tomlLiteral } from "./edit-rules-toml.ts";

const file = `# Ours, do not touch
[overrides]
enabled = true # the switch
rules = [
    ["claude-opus-4-6", "claude-haiku-4-5"], # cheap
    ["claude-opus-4-7", "claude-haiku-4-5"],
    ["claude-opus-4-8", "claude-haiku-4-5"],
]

# First pilot
[[rule]]
from = "opus"
to = "claude-sonnet-5-5" # for now
[rule.when]
project = ["payments"]

# Second pilot
[[rule]]
from = "fable"
to = "claude-opus-5-5"
percentage = 10

[per_model_rules]
# asked for by Ada
"claude-sonnet-5" = { override_to = "claude-haiku-5-5", percentage = 50 }
"claude-sonnet-4-6" = { override_to = "claude-haiku-5-5" }

# the end
[[rule]]
from = "mythos"
to = "claude-opus-5-5"`;

function edited(edit: RuleEdit, text = file): string {
  const result = editRulesToml(text, edit);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}
const order = (text: string) => readRuleSet(text).rules.map((rule) => rule.from);
const comments = (text: string) => [...text.matchAll(/#.*$/gm)].map(([comment]) => comment).sort();

describe("an edit of the rules text", () => {
  it.each<[string, RuleEdit, string, string]>([
    [
      "a target of a table",
      { kind: "set", index: 0, key: "to", value: "claude-opus-5" },
      `to = "claude-sonnet-5-5" #`,
      `to = "claude-opus-5" #`,
    ],
    [
      "a target of a pair",
      { kind: "set", index: 5, key: "to", value: "x" },
      `["claude-opus-4-6", "claude-haiku-4-5"]`,
      `["claude-opus-4-6", "x"]`,
    ],
    [
      "a target of an entry",
      { kind: "set", index: 3, key: "to", value: "x" },
      `{ override_to = "claude-haiku-5-5", `,
      `{ override_to = "x", `,
    ],
    [
      "a new key of a table",
      { kind: "set", index: 1, key: "enabled", value: false },
      "percentage = 10\n",
      "percentage = 10\nenabled = false\n",
    ],
    [
      "a new key before a sub-table",
      { kind: "set", index: 0, key: "note", value: 'a "b"' },
      "# for now\n",
      `# for now\nnote = "a \\"b\\""\n`,
    ],
    [
      "a new key of an entry",
      { kind: "set", index: 4, key: "enabled", value: false },
      `-5" }\n\n`,
      `-5", enabled = false }\n\n`,
    ],
    [
      "conditions",
      { kind: "set", index: 1, key: "when", value: { project: ["a", "b"], subagent: true } },
      "= 10\n",
      `= 10\nwhen = { project = ["a", "b"], subagent = true }\n`,
    ],
    ["a key taken away", { kind: "unset", index: 1, key: "percentage" }, "percentage = 10\n", ""],
    ["a key of an entry taken away", { kind: "unset", index: 3, key: "percentage" }, ", percentage = 50", ""],
    ["a pair taken away", { kind: "remove", index: 6 }, `    ["claude-opus-4-7", "claude-haiku-4-5"],\n`, ""],
    [
      "an entry taken away",
      { kind: "remove", index: 4 },
      `"claude-sonnet-4-6" = { override_to = "claude-haiku-5-5" }\n`,
      "",
    ],
    [
      "a table taken away with its comment",
      { kind: "remove", index: 1 },
      `# Second pilot\n[[rule]]\nfrom = "fable"\nto = "claude-opus-5-5"\npercentage = 10\n\n`,
      "",
    ],
  ])("changes nothing but %s", (_, edit, was, is) => {
    expect(file.split(was)).toHaveLength(2);
    expect(edited(edit)).toBe(file.replace(was, () => is));
  });

  it("moves a rule among its kind and takes the comment above a table along", () => {
    expect(order(file)).toEqual([
      "opus",
      "fable",
      "mythos",
      "claude-sonnet-5",
      "claude-sonnet-4-6",
      "claude-opus-4-6",
      "claude-opus-4-7",
      "claude-opus-4-8",
    ]);

    const moved = edited({ kind: "move", index: 2, toIndex: 0 });

    expect(order(moved).slice(0, 3)).toEqual(["mythos", "opus", "fable"]);
    expect(moved).toContain(`# the end\n[[rule]]\nfrom = "mythos"`);
    expect(moved).toContain(`# First pilot\n[[rule]]\nfrom = "opus"\nto = "claude-sonnet-5-5" # for now\n[rule.when]`);
    expect(comments(moved)).toEqual(comments(file));
    expect(order(edited({ kind: "move", index: 5, toIndex: 7 })).slice(5)).toEqual([
      "claude-opus-4-7",
      "claude-opus-4-8",
      "claude-opus-4-6",
    ]);
    expect(order(edited({ kind: "move", index: 4, toIndex: 3 })).slice(3, 5)).toEqual([
      "claude-sonnet-4-6",
      "claude-sonnet-5",
    ]);
  });

  it("adds a rule behind the last table, also to an empty text", () => {
    const fields = { from: "haiku", to: "claude-haiku-5-5", when: { team: ["core"] } };

    expect(order(edited({ kind: "add", fields })).slice(0, 4)).toEqual(["opus", "fable", "mythos", "haiku"]);
    expect(edited({ kind: "add", fields }, "")).toBe(
      `[[rule]]\nfrom = "haiku"\nto = "claude-haiku-5-5"\nwhen = { team = ["core"] }\n`,
    );
  });

  it("says why it cannot be done", () => {
    const refusal = (edit: RuleEdit, text = file) => {
      const result = editRulesToml(text, edit);
      return result.ok ? null : result.error;
    };

    expect(refusal({ kind: "set", index: 5, key: "enabled", value: false })).toMatch("A pair cannot hold enabled");
    expect(refusal({ kind: "set", index: 0, key: "when", value: {} })).toMatch("separate table");
    expect(refusal({ kind: "move", index: 0, toIndex: 5 })).toMatch("evaluated before or after pairs");
    expect(refusal({ kind: "remove", index: 99 })).toBe("There is no rule 100.");
    expect(refusal({ kind: "remove", index: 0 }, "a = [")).toMatch("error");
  });

  it("keeps the text valid and every other rule as it was, in any order of edits", () => {
    const index = fc.nat(7);
    const edit: fc.Arbitrary<RuleEdit> = fc.oneof(
      fc.record({ kind: fc.constant("move" as const), index, toIndex: index }),
      fc.record({ kind: fc.constant("remove" as const), index }),
      fc.record({
        kind: fc.constant("set" as const),
        index,
        key: fc.constantFrom("to" as const, "note" as const),
        value: fc.constantFrom("claude-opus-5", "x#]y"),
      }),
      fc.record({
        kind: fc.constant("unset" as const),
        index,
        key: fc.constantFrom("percentage" as const, "note" as const),
      }),
      fc.record({ kind: fc.constant("add" as const), fields: fc.constant({ from: "haiku", to: "claude-haiku-5-5" }) }),
    );
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 8 }), fc.boolean(), (edits, isCrlf) => {
        let text = isCrlf ? file.replaceAll("\n", "\r\n") : file;
        for (const one of edits) {
          const result = editRulesToml(text, one);
          if (!result.ok) continue;
          const expected = expectedOrder(order(text), one);
          text = result.value;
          expect(order(text)).toEqual(expected);
        }
      }),
      { numRuns: rounds(100) },
    );
  });
});

function expectedOrder(before: string[], edit: RuleEdit): string[] {
  const after = [...before];
  if (edit.kind === "move") after.splice(edit.toIndex, 0, ...after.splice(edit.index, 1));
  if (edit.kind === "remove") after.splice(edit.index, 1);
  if (edit.kind === "add") after.splice(ruleTablesIn(before), 0, "haiku");
  return after;
}
const ruleTablesIn = (from: string[]) => from.filter((name) => !name.startsWith("claude-")).length;

describe("a value written as TOML", () => {
  it("reads back as itself", () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (note) => {
        const text = `[[rule]]\nfrom = "a"\nto = "claude-haiku-5-5"\nnote = ${tomlLiteral(note)}`;
        expect(readRuleSet(text).rules[0]?.note).toBe(note);
      }),
    );
  });
});
