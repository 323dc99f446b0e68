import { describe, expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { checkText, rulesOf } from "./check-text.ts";

const context = { catalogue: loadCatalogue(), today: "2026-11-29", zone: "UTC", requestsByModel: new Map() };
const rule = (percentage: number) => `[[rule]]\nfrom = "opus"\nto = "claude-haikuu-5-5"\npercentage = ${percentage}\n`;

describe("a text that is checked while it is typed", () => {
  it("shows a target that would not be published as an error from the start, beside another error", () => {
    const beside = checkText(rule(140), rulesOf("", context), context);
    const alone = checkText(rule(14), rulesOf("", context), context);

    const target = { code: "unknown-target", severity: "error", line: 3 };
    expect(alone.problems).toMatchObject([target]);
    expect(beside.ruleSet).toBeNull();
    expect(beside.problems).toHaveLength(2);
    expect(beside.problems).toContainEqual(expect.objectContaining(target));
    expect([alone.errors, beside.errors]).toEqual([1, 2]);
  });

  it("leaves a target that is live already a remark, also beside another error", () => {
    const beside = checkText(rule(140), rulesOf(rule(14), context), context);

    expect(beside.problems.map(({ code, severity }) => [code, severity])).toContainEqual(["unknown-target", "warning"]);
    expect(beside.errors).toBe(1);
  });
});
