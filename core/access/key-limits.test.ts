import { describe, expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import type { BillingMode } from "../activity/request-event.ts";
import { compileRules } from "../rules/compile.ts";
import { EMPTY_RULE_SET } from "../rules/rule-set.ts";
import { findEndpointRefusal, type KeyLimits, mayAskFor } from "./key-limits.ts";

const compiled = compileRules(EMPTY_RULE_SET, loadCatalogue());
const free: KeyLimits = {
  endpoints: "all",
  models: null,
  requestsPerMinute: 5,
  openRequestsMax: null,
  monthlyBudgetNanoUsd: null,
  monthlyPlanNanoUsd: null,
};
const endpoints = ["messages", "count_tokens", "models", "files", "batches", "other"] as const;
const openTo = (limits: KeyLimits, mode: BillingMode = "metered") =>
  endpoints.filter((endpoint) => findEndpointRefusal(limits, endpoint, mode) === null);

describe("the endpoints of a key", () => {
  it("opens all endpoints or those Claude Code needs; a key for certain models is refused for bodies that are not read", () => {
    expect(openTo(free)).toEqual(endpoints);
    expect(openTo({ ...free, endpoints: "messages" })).toEqual(["messages", "count_tokens", "models"]);
    expect(openTo({ ...free, models: ["haiku"] })).toEqual(["messages", "count_tokens", "models", "files"]);
  });

  it("closes endpoints whose cost is not counted to a key with a budget, for requests billed like the budget only", () => {
    const counted = ["messages", "count_tokens", "models", "files"];
    expect(openTo({ ...free, monthlyBudgetNanoUsd: 1 })).toEqual(counted);
    expect(openTo({ ...free, monthlyBudgetNanoUsd: 1 }, "subscription")).toEqual(endpoints);
    expect(openTo({ ...free, monthlyPlanNanoUsd: 1 }, "subscription")).toEqual(counted);
  });
});

describe("the models of a key", () => {
  it.each<[string[], string, boolean]>([
    [["haiku"], "claude-haiku-4-5-20251001", true],
    [["haiku"], "claude-haiku-9", true],
    [["haiku"], "claude-opus-5-5", false],
    [["claude-haiku-4-5"], "claude-haiku-4-5-20251001", true],
    [["claude-haiku-4.5"], "claude-haiku-4-5-20251001", true],
    [["claude-haiku-4-5"], "claude-haiku-5-5", false],
    [["claude-*-5-5"], "claude-sonnet-5-5", true],
    [["claude-*-5-5"], "claude-sonnet-5", false],
    [["opus", "sonnet"], "claude-sonnet-5-5", true],
    [["haiku"], "haiku-but-not-really", false],
    [["haiku"], "claude-opus-haiku", false],
    [[], "claude-haiku-5-5", false],
    [["my-own-model"], "my-own-model", true],
  ])("%j let %s in: %s", (models, model, isLetIn) => {
    expect(mayAskFor(models, model, compiled)).toBe(isLetIn);
  });
});
