import { describe, expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { parseOverridesToml } from "#config/overrides-toml.ts";
import { refusedTargets, withRefusedTargets } from "./refused-targets.ts";
import { EMPTY_RULE_SET, type Rule, type RuleSet } from "./rule-set.ts";

describe("targets that the console does not publish", () => {
  it("are found in ten thousand rules within a fifth of a second of CPU, and the first hundred are named", () => {
    const rules = Array.from({ length: 10_000 }, (_, at) => ({ to: "claude-haikuu-5-5", line: at + 1 }) as Rule);
    const context = { catalogue: loadCatalogue(), today: "2026-11-29" };
    const begun = process.cpuUsage();
    const refused = refusedTargets({ ...EMPTY_RULE_SET, rules }, [], null, context);
    const { user } = process.cpuUsage(begun);

    expect(user).toBeLessThan(200_000);
    expect(refused).toHaveLength(101);
    expect(refused.slice(0, 100).map(({ line }) => line)).toEqual(Array.from({ length: 100 }, (_, at) => at + 1));
    expect(refused.at(-1)).toMatchObject({
      code: "more",
      severity: "error",
      message: "9,900 more targets are not listed.",
    });
  });
});

describe("targets in a text that has other errors, too", () => {
  const context = { catalogue: loadCatalogue(), today: "2026-11-29" };
  const text = '[[rule]]\nfrom = "opus"\nto = "haiku"\npercentage = 140\n';
  const parsed = parseOverridesToml(text, { ...context, zone: "UTC" });
  const severities = (live: RuleSet | null) =>
    withRefusedTargets(parsed.problems, live, context).map(({ code, severity }) => [code, severity]);

  it("are errors from the start", () => {
    expect(parsed.ok).toBe(false);
    expect(severities(null)).toContainEqual(["unknown-target", "error"]);
  });

  it("are remarks where they are live already", () => {
    const live = { ...EMPTY_RULE_SET, rules: [{ to: "haiku", line: 1 } as Rule] };
    expect(severities(live)).toContainEqual(["unknown-target", "warning"]);
  });
});
