import { describe, expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { refusedTargets } from "./refused-targets.ts";
import { EMPTY_RULE_SET, type Rule } from "./rule-set.ts";

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
