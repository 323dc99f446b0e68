import { describe, expect, it } from "vitest";
import { compileText } from "#tests/support/rule-builders.ts";
import { runRuleTests } from "./run-rule-tests.ts";

const pilot = `
[[rule]]
from = "opus"
to = "claude-sonnet-5-5"
percentage = 50
when = { project = ["payments"], subagent = true, hours = "Mon-Fri 08:00-18:00 Europe/Berlin", max_prompt_tokens = 100000 }
`;
const run = (tests: string, rules = pilot) => {
  const compiled = compileText(`${rules}${tests}`);
  return runRuleTests(compiled.ruleSet, compiled);
};

describe("a rule test", () => {
  it("counts what it leaves open as met: share, hours, sub-agent, prompt size", () => {
    const [result] = run(`[[test]]\nmodel = "claude-opus-5-5"\nproject = "payments"\nexpect = "claude-sonnet-5-5"`);

    expect(result).toMatchObject({ ok: true, served: "claude-sonnet-5-5" });
    expect(result?.sentence).toBe("line 7: opus-5-5 for payments is sonnet-5-5 because of rule 1, line 2");
  });

  it.each([
    ["another project", `model = "claude-opus-5-5"\nexpect = "claude-opus-5-5"`],
    [
      "the main thread",
      `model = "claude-opus-5-5"\nproject = "payments"\nsubagent = false\nexpect = "claude-opus-5-5"`,
    ],
    [
      "a larger prompt",
      `model = "claude-opus-5-5"\nproject = "payments"\nprompt_tokens = 100001\nexpect = "claude-opus-5-5"`,
    ],
    ["the same model in another spelling", `model = "claude-haiku-4-5"\nexpect = "claude-haiku-4.5"`],
  ])("takes what it says at its word: %s", (_, test) => {
    expect(run(`[[test]]\n${test}`)[0]?.ok).toBe(true);
  });

  it.each([
    [`key = "CI"`, "claude-sonnet-5-5"],
    [`header = { X-Stage = "beta" }`, "claude-haiku-5-5"],
    [`path = "/t/payments/v1/messages"`, "claude-opus-4-8"],
    ["title_like = true", "claude-haiku-4-5"],
    ["has_tools = true", "claude-opus-5-5"],
    ["has_tools = false", "claude-opus-4-6"],
  ])("can say what every condition asks about: %s", (fact, expected) => {
    const rules = [
      [`key = "CI"`, "claude-sonnet-5-5"],
      [`header = { x-stage = "b*" }`, "claude-haiku-5-5"],
      [`path_prefix = "/t/payments"`, "claude-opus-4-8"],
      ["title_like = true", "claude-haiku-4-5"],
      ["has_tools = false", "claude-opus-4-6"],
    ].map(([when, to]) => `[[rule]]\nfrom = "opus"\nto = "${to}"\nwhen = { ${when} }\n`);
    const test = `[[test]]\nmodel = "claude-opus-5-5"\n${fact}\nexpect = "${expected}"\n`;

    expect(run(test, rules.join(""))[0]).toMatchObject({ ok: true, served: expected });
  });

  it("names what was expected and what came when a rule test fails", () => {
    const [result] = run(`[[test]]\nmodel = "claude-opus-5-5"\nexpect = "claude-haiku-5-5"`);

    expect(result?.ok).toBe(false);
    expect(result?.sentence).toBe("line 7: opus-5-5 should be haiku-5-5, but is opus-5-5 because no rule applies");
  });

  it("passes a rule test while overrides are paused", () => {
    const paused = `[overrides]\nenabled = false\n${pilot}`;
    const [result] = run(
      `[[test]]\nmodel = "claude-opus-5-5"\nproject = "payments"\nexpect = "claude-sonnet-5-5"`,
      paused,
    );

    expect(result?.ok).toBe(true);
  });
});
