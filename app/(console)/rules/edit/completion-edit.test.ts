import { type Completion, CompletionContext } from "@codemirror/autocomplete";
import { EditorState, type TransactionSpec } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";
import fc from "fast-check";
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { rulesCompletions } from "./completions.ts";

const NAMES = ["docs", 'CI "nightly"', "Olivia's Mac", "C:\\build", "tab\tand\u007f"];

/** Text before and after the cursor once a completion is taken at the bar. Null where it is not offered. */
async function take(
  written: string,
  label: string,
  projects: readonly string[] = NAMES,
  models: readonly string[] = ["claude-opus-5-5", "claude-sonnet-5-5"],
): Promise<string[] | null> {
  const at = written.indexOf("|");
  let state = EditorState.create({ doc: written.replace("|", ""), selection: { anchor: at } });
  const source = rulesCompletions({ models, projects, teams: [], people: [], keys: [] });
  const result = await source(new CompletionContext(state, at, true));
  const option = result?.options.find((offer) => offer.label === label);
  if (!result || !option) return null;
  const apply = option.apply as (view: EditorView, option: Completion, from: number, to: number) => void;
  const view = {
    get state() {
      return state;
    },
    dispatch: (spec: TransactionSpec) => {
      state = state.update(spec).state;
    },
  };
  apply(view as EditorView, option, result.from, at);
  const { head } = state.selection.main;
  return [state.sliceDoc(0, head), state.sliceDoc(head)];
}

const RULE = "[[rule]]\n";

/** The line below the head of a rule after taking a completion in it, with a bar at the cursor. */
const takeInRule = async (written: string, label: string): Promise<string | undefined> =>
  (await take(RULE + written, label))?.join("|").slice(RULE.length);

describe("taking a completion inside a value", () => {
  it.each([
    ['to = "claude-|-5-5"', "claude-opus-5-5", 'to = "claude-opus-5-5"|'],
    ['to = "|claude-sonnet-5-5"', "claude-opus-5-5", 'to = "claude-opus-5-5"|'],
    ["to = 'claude-|-5-5' # cheap", "claude-opus-5-5", "to = 'claude-opus-5-5'| # cheap"],
    ['when = { project = ["do|cs"] }', "docs", 'when = { project = ["docs"|] }'],
    ["when = { project = [do|cs] }", "docs", 'when = { project = ["docs"|] }'],
    ["to = claude-opus-4.|8", "claude-opus-5-5", 'to = "claude-opus-5-5"|'],
    ["enabled = tr|ue", "true", "enabled = true|"],
    ["enabled = tr|ue", "false", "enabled = false|"],
    ['when = { project = "docs|" } # "x', "docs", 'when = { project = "docs"| } # "x'],
    ['when = { project = """do|cs""" }', "docs", 'when = { project = """docs"""| }'],
  ])("replaces the whole value in %s by %s", async (written, label, expected) => {
    expect(await takeInRule(written, label)).toBe(expected);
  });

  it.each([
    ['when = { project = "|, team = "web" }', 'when = { project = "docs"|, team = "web" }'],
    ['when = { project = ["|, "web", "x"] }', 'when = { project = ["docs"|, "web", "x"] }'],
    ['when = { project = ["do|cs, "web"] }', 'when = { project = ["docs"|, "web"] }'],
    ['when = { project = "do|\nnote = "a"', 'when = { project = "docs"|\nnote = "a"'],
  ])("leaves what follows the open string in %j", async (written, expected) => {
    expect(await takeInRule(written, "docs")).toBe(expected);
  });

  it("is not offered in front of another value or in a string of several lines", async () => {
    expect(await take(`${RULE}when = { project = [|"web"] }`, "docs")).toBeNull();
    expect(await take(`${RULE}when = { project = | "web" }`, "docs")).toBeNull();
    expect(await take(`${RULE}when.project = """do|cs\n"""`, "docs")).toBeNull();
    expect(await take('[per_model_rules]\n"""claude|', "claude-opus-5-5")).toBeNull();
  });
});

describe("taking the completion of a key", () => {
  it.each([
    ["wh|e = {}", "when", "when| = {}"],
    ["en|abled = true", "enabled", "enabled| = true"],
    ["en|abled=true", "enabled", "enabled|=true"],
    ["wh|.project = []", "when", "when|.project = []"],
    ["wh|", "when = ", "when = |"],
    ["when = { pro|j }", "project = ", "when = { project = | }"],
  ])("replaces the whole word in %s by %s and leaves one sign", async (written, label, expected) => {
    expect(await takeInRule(written, label)).toBe(expected);
  });
});

describe("taking the completion of a model as a key of [per_model_rules]", () => {
  it.each([
    ["|", "claude-opus-5-5 = |"],
    ["cl|", "claude-opus-5-5 = |"],
    ["| = {}", "claude-opus-5-5| = {}"],
    ["claude-opuss|-4 = {}", "claude-opus-5-5| = {}"],
    ['"cl|" = {}', '"claude-opus-5-5"| = {}'],
    ["'cl|' = {}", "'claude-opus-5-5'| = {}"],
  ])("replaces the whole key in %s", async (written, expected) => {
    const head = "[per_model_rules]\n";
    expect((await take(head + written, "claude-opus-5-5"))?.join("|").slice(head.length)).toBe(expected);
  });

  it("quotes a name that cannot be a bare key", async () => {
    expect(await take("[per_model_rules]\n|", "claude-opus-4.1", [], ["claude-opus-4.1"])).toEqual([
      '[per_model_rules]\n"claude-opus-4.1" = ',
      "",
    ]);
  });
});

describe("taking any completion anywhere in a text", () => {
  const text = [
    "[overrides]",
    'rules = [["opus", "claude-sonnet-5-5"]] # pairs',
    "[per_model_rules]",
    '"fable" = { override_to = "claude-sonnet-5-5", when = { project = ["docs", \'web\'] } }',
    "sonnet.override_to = 'claude-sonnet-5-5'",
    "[[rule]]",
    'from = "haiku"',
    "enabled = true",
    'when.project = [ "docs" , "web" ] # ours',
    "[[test]]",
    'model="opus"',
  ].join("\n");

  it("leaves a text that can be parsed, with as many keys and values as before", async () => {
    const count = (toml: string) => JSON.stringify(parse(toml)).match(/"(?:[^"\\]|\\.)*"|true|false/g)?.length;
    let taken = 0;
    for (let at = 0; at <= text.length; at++) {
      const written = `${text.slice(0, at)}|${text.slice(at)}`;
      for (const label of ["docs", "claude-opus-5-5", "opus", "false", "fallback"]) {
        const after = await take(written, label);
        if (after === null) continue;
        taken++;
        expect(count(after.join("")), written).toBe(count(text));
      }
    }
    expect(taken).toBeGreaterThan(100);
  });
});

describe("taking the completion of a name with signs of TOML", () => {
  it.each([
    ['["CI|"]', 'CI "nightly"', '["CI \\"nightly\\""|]'],
    ['["C:|', "C:\\build", '["C:\\\\build"|'],
    ["['C:|']", "C:\\build", "['C:\\build'|]"],
    ["['Oli|", "Olivia's Mac", '["Olivia\'s Mac"|'],
    ["['Oli|via']", "Olivia's Mac", '["Olivia\'s Mac"|]'],
    ["'''t|'''", "tab\tand\u007f", '"tab\\tand\\u007f"|'],
  ])("escapes at the bar of %s the name %j", async (written, label, expected) => {
    expect(await takeInRule(`when.project = ${written}`, label)).toBe(`when.project = ${expected}`);
  });

  const anyName = fc.oneof(
    fc.string({ unit: "binary", minLength: 1 }),
    fc.string({ unit: fc.constantFrom("'", '"', "\\", "\n", "\t", "\u007f", "a", " ", "]", ","), minLength: 1 }),
  );
  const lists = [
    '["|"]',
    '["|old"]',
    '["o|ld", "x"]',
    "['o|ld']",
    "['|']",
    "[|]",
    "[o|ld, 1]",
    '["""o|ld"""]',
    "['''|''']",
  ];
  const values = ['"|', '"o|ld', "'|", "'''o|ld", '"""|', "o|ld", "|", "|# old", '"old|"', "'''|old'''"];

  it.each([...lists, ...values])("leaves a valid text with that name at the bar of %s", async (written) => {
    const text = `${RULE}when.project = ${written}\nnote = "it's"\n`;
    await fc.assert(
      fc.asyncProperty(anyName, async (name) => {
        const taken = (await take(text, name, [name]))?.join("") ?? "";

        const { rule } = parse(taken) as { rule?: [{ when: { project: unknown }; note: string }] };
        expect([rule?.[0].when.project].flat()[0]).toBe(name);
        expect(rule?.[0].note).toBe("it's");
      }),
    );
  });

  it("is not offered where TOML cannot hold the name", async () => {
    expect(await take(`${RULE}when.project = "|`, "\ud800", ["\ud800"])).toBeNull();
  });
});
