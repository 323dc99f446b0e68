import { type Completion, CompletionContext } from "@codemirror/autocomplete";
import { EditorState } from "@codemirror/state";
import { describe, expect, it } from "vitest";
import { type CompletionText, findEdit } from "./completion-edit.ts";
import { breaksLine, rulesCompletions } from "./completions.ts";

const source = rulesCompletions({
  models: ["claude-haiku-5-5"],
  projects: ["payments"],
  teams: ["web"],
  people: ["ada@example.com"],
  keys: ["CI"],
});

/** What is offered at the bar, as it would be written from there on. */
async function offered(written: string, isExplicit = false): Promise<string[]> {
  const [before = "", after = ""] = written.split("|");
  const state = EditorState.create({ doc: before + after });
  const result = await source(new CompletionContext(state, before.length, isExplicit));
  return (result?.options ?? []).map(
    (option) => findEdit(before + after, before.length, option as Completion & CompletionText)?.insert ?? "",
  );
}

describe("completions of the rules editor", () => {
  it.each([
    ['[[rule]]\nwhen = { project = ["|', 'payments"'],
    ['[[rule]]\nwhen = { project = ["docs", "|"] }', 'payments"'],
    ["[[rule]]\nwhen = { team = '|", "web'"],
    ['[[rule]]\nwhen.project = ["|', 'payments"'],
    ['[[rule]]\nwhen . team = "|', 'web"'],
    ['[[rule]]\nwhen = { subagent = true, person = "a|', 'ada@example.com"'],
    ['[rule.when]\nkey = ["|', 'CI"'],
    ['[[rule]]\nwhen = { project = [\n  "docs",\n  "|', 'payments"'],
    ['[[test]]\nproject = "|', 'payments"'],
  ])("offer the names that %j allows", async (written, name) => {
    expect(await offered(written)).toEqual([name]);
  });

  it("offer models only where a model belongs", async () => {
    expect(await offered('[[rule]]\nto = "|')).toContain('claude-haiku-5-5"');
    expect(await offered('[overrides]\nrules = [["opus", "|"]]')).toContain('claude-haiku-5-5"');
    expect(await offered('[per_model_rules]\n"|')).toContain('claude-haiku-5-5"');
    expect(await offered('[[rule]]\nnote = "|')).toEqual([]);
  });

  it("offer the keys of a condition inside its braces and those of the rule outside", async () => {
    expect(await offered("[[rule]]\nwhen = { |", true)).toContain("project = ");
    expect(await offered('[[rule]]\nwhen = { project = ["a"], su|')).toContain("subagent = ");
    expect(await offered('[[rule]]\nwhen = { project = ["a"] }\npe|')).toContain("percentage = ");
    expect(await offered('[[rule]]\nwhen = { project = ["a"] }\npe|')).not.toContain("project = ");
  });

  it("open unasked where a value or the key of a condition begins, and not elsewhere", async () => {
    expect(await offered("[[rule]]\nwhen = {|")).toContain("project = ");
    expect(await offered('[[rule]]\nwhen = { team = "a", |')).toContain("project = ");
    expect(await offered("[[rule]]\nwhen = { project = [|")).toEqual(['"payments"']);
    expect(await offered('[[rule]]\nwhen = { project = ["a", |')).toEqual(['"payments"']);
    expect(await offered("[[rule]]\nto = |")).toContain('"claude-haiku-5-5"');
    expect(await offered("[[rule]]\n|")).toEqual([]);
    expect(await offered("[overrides]\n[|")).toEqual([]);
    expect(await offered("[[rule]]\npercentage = 5 |")).toEqual([]);
    expect(await offered("[[rule]]\n# cheap, |")).toEqual([]);
    expect(await offered("[[rule]]\nto = |# cheap")).toContain('"claude-haiku-5-5"');
  });

  it.each([
    ["an entry of [per_model_rules]", '[per_model_rules]\n"claude-opus-5-5" = { override_to = "claude-sonnet-5-5", '],
    ["a header with a quoted model", '[per_model_rules."claude-opus-5-5"]\n'],
    ["a header with a bare model", "[per_model_rules.claude-opus-5-5]\n"],
    ["a header with blanks", "[overrides]\n[[ rule ]]\n"],
    ["a quoted header", '[overrides]\n[["rule"]]\n'],
    ["a note with an escaped brace", '[[rule]]\nnote = "the \\"{\\" sign"\n'],
    ["a note with an odd escaped quote", '[[rule]]\nnote = "5\\" disk {"\n'],
    ["a note that ends with a backslash", '[[rule]]\nnote = "C:\\\\"\n'],
    ["a note in single quotes that ends with a backslash", "[[rule]]\nnote = 'C:\\'\n"],
    ["a note of several lines with a header", '[[rule]]\nnote = """\n[overrides]\n"""\n'],
    ["a note of several lines with an apostrophe", '[[rule]]\nnote = """\nit\'s {\n"""\n'],
    ["a literal note of several lines", "[[rule]]\nnote = '''\nsay \"hi\n[cache]\n'''\n"],
  ])("offer the keys of a rule, its conditions and their names after %s", async (_what, text) => {
    expect(await offered(`${text}pe|`)).toContain("percentage = ");
    expect(await offered(`${text}when = {|`)).toContain("project = ");
    expect(await offered(`${text}"when" = {|`)).toContain("project = ");
    expect(await offered(`${text}when.pro|`)).toContain("project = ");
    expect(await offered(`${text}when."project" = ["|`)).toEqual(['payments"']);
  });

  it("offer in an entry of [per_model_rules] its own key of the served model", async () => {
    const keys = await offered("[per_model_rules.claude-opus-5-5]\no|");

    expect(keys).toContain("override_to = ");
    expect(keys).not.toContain("to = ");
    expect(await offered('[per_model_rules.claude-opus-5-5]\noverride_to = "|')).toContain('claude-haiku-5-5"');
  });

  it("offer models as bare keys of [per_model_rules], with the sign that follows a key", async () => {
    expect(await offered("[per_model_rules]\n|", true)).toContain("claude-haiku-5-5 = ");
    expect(await offered("[per_model_rules]\ncl|")).toContain("claude-haiku-5-5 = ");
    expect(await offered('[per_model_rules]\n| = { override_to = "x" }', true)).toContain("claude-haiku-5-5");
    expect(await offered("per_model_rules.|", true)).toContain("claude-haiku-5-5 = ");
    expect(await offered("per_model_rules = {|")).toContain("claude-haiku-5-5 = ");
    expect(await offered("[per_model_rules]\n|", true)).not.toContain("override_to = ");
    expect(await offered("[per_model_rules.opus]\n|", true)).not.toContain("claude-haiku-5-5 = ");
  });

  it("offer what matches a string with escapes by what it stands for", async () => {
    const list = async (typed: string) => {
      const before = `[[rule]]\nwhen.project = ["${typed}`;
      const names = ["docs", 'a"b', 'the A"B', "C:\\build", "checkout"];
      const complete = rulesCompletions({ models: [], projects: names, teams: [], people: [], keys: [] });
      const state = EditorState.create({ doc: `${before}"]` });
      const result = await complete(new CompletionContext(state, before.length, true));
      // What the editor would not narrow down by the text as it is written.
      expect(result?.filter, typed).toBe(false);
      return result?.options.map(({ label }) => label);
    };

    expect(await list('a\\"b')).toEqual(['a"b', 'the A"B']);
    expect(await list("c:\\\\b")).toEqual(["C:\\build"]);
    expect(await list("ch\\u0065")).toEqual(["checkout"]);
    expect(await list("ch\\u00")).toEqual([]);
  });

  it.each([
    '[[rule]]\nfrom = "opus"|',
    "[[rule]]\nfrom = 'opus'|",
    '[[rule]]\nfrom = """opus"""|',
    '[[rule]]\nfrom = "opus" |',
    '[[rule]]\nfrom = "opus" o|',
    '[[rule]]\nfrom = "opus" "|"',
    "[[rule]]\nfrom = opus o|",
    "[[rule]]\nenabled = true |",
    "[[rule]]\nenabled = true t|",
    '[[rule]]\nwhen = { project = ["docs"|] }',
    '[[rule]]\nwhen = { project = ["docs" | , "infra"] }',
    '[[rule]]\nwhen = { project = ["docs" i|] }',
    '[[rule]]\nwhen = { project = ["docs"\n  |] }',
    '[[rule]]\nwhen = { project = ["docs" # ours\n  "|"] }',
    '[[rule]]\nwhen = { project = ["docs"]| }',
    '[[rule]]\nwhen = { project = ["docs"] | }',
    '[[rule]]\nwhen = { project = ["docs"]\n  pe| }',
    "[[rule]]\nwhen = {}|",
    '[overrides]\nrules = [["a", "b"]|]',
    '[overrides]\nrules = [["a", "b"] |]',
    '[[rule]]\n"from"|',
    "[[rule]]\nfrom |",
    "[[rule]]\nfrom t|",
    '[[rule]]\nfrom | = "opus"',
    '[[rule]]\n | from = "opus"',
    '[[rule]]\n|"from" = "opus"',
    "[[rule]]\nwhen.project |",
  ])("offer nothing beside what is finished, at the bar of %j", async (written) => {
    expect(await offered(written, true)).toEqual([]);
    expect(await offered(written)).toEqual([]);
  });

  it("offer nothing for a name that only looks like a key of rules", async () => {
    expect(await offered('[[rule]]\nwhen = { header = { to = "|')).toEqual([]);
    expect(await offered('["rule.when"]\nproject = "|')).toEqual([]);
  });

  it("close a string of triple marks with all of them", async () => {
    expect(await offered('[[rule]]\nwhen.project = """|')).toEqual(['payments"""']);
    expect(await offered('[[rule]]\nwhen.project = """|"""')).toEqual(['payments"""']);
  });

  it("offer values without quotation marks with both of them, and true and false without", async () => {
    expect(await offered("[[rule]]\nfallback = n|")).toContain('"never"');
    expect(await offered("[[rule]]\nwhen = { subagent = t|")).toEqual(["true", "false"]);
  });
});

describe("Enter while a list of completions is open", () => {
  /** Whether Enter breaks the line at the bar. */
  async function breaks(written: string, selected: number | null = 0, isExplicit = false): Promise<boolean> {
    const [before = "", after = ""] = written.split("|");
    const state = EditorState.create({ doc: before + after });
    const result = await source(new CompletionContext(state, before.length, isExplicit));
    expect(result?.options, written).not.toHaveLength(0);
    return breaksLine(before + after, before.length, { selected, options: result?.options ?? [] });
  }
  const rule = "[[rule]]\nwhen = ";

  it("breaks the line in a list that has only opened, until a row is chosen", async () => {
    expect(await breaks(`${rule}{ project = [|`)).toBe(true);
    expect(await breaks(`${rule}{ project = [\n  "docs", |`, null)).toBe(true);
    expect(await breaks(`${rule}{ team = ["{", |`)).toBe(true);
    expect(await breaks(`${rule}{ project = ["docs", |`, 2)).toBe(false);
  });

  it("takes the first entry where something was typed or the list was asked for", async () => {
    expect(await breaks(`${rule}{ project = ["pa|`)).toBe(false);
    expect(await breaks(`${rule}{ project = [pa|`)).toBe(false);
    expect(await breaks(`${rule}{ project = [|`, 0, true)).toBe(false);
    expect(await breaks(`${rule}{ project = [\n  "docs",\n  |`, 0, true)).toBe(false);
    expect(await breaks(`${rule}{\n  project = ["docs"], |`, 0, true)).toBe(false);
    expect(await breaks("[[rule]]\nto = |")).toBe(false);
  });

  it("breaks the line where the chosen completion is already written, in a list that was asked for, too", async () => {
    expect(await breaks("[[rule]]\nenabled = true|")).toBe(true);
    expect(await breaks("[[rule]]\nenabled = true|", 0, true)).toBe(true);
    expect(await breaks(`${rule}{ subagent = false|`, 1)).toBe(true);
    expect(await breaks("[[rule]]\nenabled = true|", 1)).toBe(false);
    expect(await breaks("[[rule]]\nenabled = tru|")).toBe(false);
    expect(await breaks("[[rule]]\nenabled = tr|ue")).toBe(false);
    expect(await breaks(`${rule}{ project = "payments|`)).toBe(false);
  });

  it("takes the first key of an inline table, also below a list on several lines", async () => {
    expect(await breaks(`${rule}{|`)).toBe(false);
    expect(await breaks(`${rule}{ team = ["Web"], |`)).toBe(false);
    expect(await breaks(`${rule}{ subagent = true, |`, null)).toBe(false);
    expect(await breaks(`${rule}{ project = [\n  "docs",\n  "checkout"], |`)).toBe(false);
    expect(await breaks(`${rule}{ project = [\n  "docs"\n],|`)).toBe(false);
  });

  it("breaks the line after an entry of an inline table whose entries stand on separate lines", async () => {
    expect(await breaks(`${rule}{\n  project = ["docs"],|`)).toBe(true);
    expect(await breaks(`${rule}{\n  project = ["docs"], te|`)).toBe(false);
  });
});
