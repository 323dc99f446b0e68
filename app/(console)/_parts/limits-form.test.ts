import { describe, expect, it } from "vitest";
import { limitWords } from "./limit-words.ts";
import { noLimits, toForm, toLimits } from "./limits-form.ts";

const all = {
  endpoints: "messages",
  models: ["haiku", "claude-sonnet-5-5"],
  requestsPerMinute: 1200,
  openRequestsMax: 8,
  monthlyBudgetNanoUsd: 12_500_000_000,
  monthlyPlanNanoUsd: null,
} as const;

describe("the limits form", () => {
  it("returns unchanged limits as they were", () => {
    expect(toLimits(toForm(all))).toEqual(all);
    expect(toLimits(noLimits)).toEqual({
      endpoints: "all",
      models: null,
      requestsPerMinute: null,
      openRequestsMax: null,
      monthlyBudgetNanoUsd: null,
      monthlyPlanNanoUsd: null,
    });
  });

  it("parses dollars as people write them, and sends invalid amounts to the server", () => {
    const toBudget = (monthlyBudget: string) => toLimits({ ...noLimits, monthlyBudget }).monthlyBudgetNanoUsd;

    expect(toForm(all).monthlyBudget).toBe("12.5");
    expect(toBudget("$1,000")).toBe(1_000_000_000_000);
    expect(toBudget("0.05")).toBe(50_000_000);
    expect(toBudget("19.99")).toBe(19_990_000_000);
    for (const wrong of ["a lot", "-5", "1.234", "1e3"]) expect(toBudget(wrong)).toBe(wrong);
  });

  it("parses models separated by commas, spaces or lines, and sends invalid numbers to the server", () => {
    const typed = { ...noLimits, models: " haiku,\n sonnet  claude-*-5-5 ", requestsPerMinute: "many" };

    expect(toLimits(typed)).toMatchObject({ models: ["haiku", "sonnet", "claude-*-5-5"], requestsPerMinute: "many" });
  });

  it("describes limits in short phrases, budgets first", () => {
    expect(limitWords(all).join(" · ")).toBe(
      "$12.50 per month · haiku, sonnet-5-5 · 1,200 per minute · 8 concurrent · messages API only",
    );
    expect(limitWords({ ...all, models: ["a", "b", "c"] })[1]).toBe("3 models");
    const none = {
      requestsPerMinute: null,
      openRequestsMax: null,
      monthlyBudgetNanoUsd: null,
      monthlyPlanNanoUsd: null,
    };
    expect(limitWords({ endpoints: "all", models: null, ...none })).toEqual([]);
  });
});
