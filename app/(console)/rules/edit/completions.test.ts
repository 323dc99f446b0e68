import { CompletionContext } from "@codemirror/autocomplete";
import { EditorState } from "@codemirror/state";
import { describe, expect, it } from "vitest";
import { breaksLine, rulesCompletions } from "./completions.ts";

const source = rulesCompletions({
  models: ["claude-haiku-5-5"],
  projects: ["payments"],
  teams: ["web"],
  people: ["ada@example.com"],
  keys: ["CI"],
});

/** What is offered at the bar, as it would be written. */
async function offered(written: string, isExplicit = false): Promise<string[]> {
  const [before = "", after = ""] = written.split("|");
  const state = EditorState.create({ doc: before + after });
  const result = await source(new CompletionContext(state, before.length, isExplicit));
  return (result?.options ?? []).map(({ label, apply }) => (typeof apply === "string" ? apply : label));
}

describe("completions of the rules editor", () => {
  it.each([
    ['[[rule]]\nwhen = { project = ["|', 'payments"'],
    ['[[rule]]\nwhen = { project = ["docs", "|"] }', "payments"],
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
    expect(await offered('[overrides]\nrules = [["opus", "|"]]')).toContain("claude-haiku-5-5");
    expect(await offered('[per_model_rules]\n"|')).toContain('claude-haiku-5-5"');
    expect(await offered('[[rule]]\nnote = "|')).toEqual([]);
  });

  it("offer the keys of a condition inside its braces and those of the rule outside", async () => {
    expect(await offered("[[rule]]\nwhen = { |", true)).toContain("project = ");
    expect(await offered('[[rule]]\nwhen = { project = ["a"], su|')).toContain("subagent = ");
    expect(await offered('[[rule]]\nwhen = { project = ["a"] }\npe|')).toContain("percentage = ");
    expect(await offered('[[rule]]\nwhen = { project = ["a"] }\npe|')).not.toContain("project = ");
  });

  it("open by themselves where a value or the key of a condition begins, and not elsewhere", async () => {
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

  it("leave Enter to the line where a list has only opened without a key press", () => {
    expect(breaksLine("when = { project = [", 0)).toBe(true);
    expect(breaksLine('project = ["docs", ', null)).toBe(true);
    expect(breaksLine('project = ["docs", ', 2)).toBe(false);
    expect(breaksLine('project = ["do', 0)).toBe(false);
    expect(breaksLine("to = ", 0)).toBe(false);
  });

  it("take Enter inside an inline table, where a line break would be no TOML", () => {
    expect(breaksLine('when = { team = ["Web"], ', 0)).toBe(false);
    expect(breaksLine("when = { subagent = true, ", null)).toBe(false);
    expect(breaksLine('when = { team = ["{", ', 0)).toBe(true);
  });

  it("offer values without quotation marks with both of them, and true and false without", async () => {
    expect(await offered("[[rule]]\nfallback = n|")).toContain('"never"');
    expect(await offered("[[rule]]\nwhen = { subagent = t|")).toEqual(["true", "false"]);
  });
});
