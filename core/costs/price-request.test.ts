import { describe, expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { toDollars } from "#core/money/nano-usd.ts";
import { type PriceInput, priceCacheHit, priceRequest } from "./price-request.ts";
import { emptyUsage, type PriceContext, type Usage } from "./usage.ts";

const catalogue = loadCatalogue();
const standard: PriceContext = { serviceTier: "standard", speed: null, inferenceGeo: null };
const day = (text: string) => Date.parse(`${text}T12:00:00Z`);
const sample: Usage = {
  ...emptyUsage(),
  inputTokens: 11,
  cacheWrite5mTokens: 600,
  cacheWrite1hTokens: 400,
  cacheReadTokens: 2000,
  outputTokens: 25,
};

function price(requested: string, served: string, change: Partial<PriceInput> = {}) {
  return priceRequest(
    { requested, served, usage: sample, context: standard, atMs: day("2026-11-22"), ...change },
    catalogue,
  );
}
const dollars = (amount: bigint | null) => (amount === null ? null : toDollars(amount).replace(/0+$/, ""));
const trimmed = (text: string | null) => text?.replace(/0+$/, "") ?? null;

describe("the cost of a request", () => {
  it.each([
    ["claude-fable-5-2", "0.013888"],
    ["claude-mythos-5-2", "0.013888"],
    ["claude-fable-5-1", "0.017360"],
    ["claude-fable-5", "0.018860"],
    ["claude-opus-5-5", "0.007144"],
    ["claude-opus-5", "0.009430"],
    ["claude-opus-4-8", "0.009430"],
    ["claude-opus-4-7", "0.009430"],
    ["claude-opus-4-6", "0.009430"],
    ["claude-opus-4-5", "0.009430"],
    ["claude-sonnet-5-5", "0.003572"],
    ["claude-sonnet-5", "0.003772"],
    ["claude-sonnet-4-6", "0.005658"],
    ["claude-sonnet-4-5", "0.005658"],
    ["claude-sonnet-4", "0.005658"],
    ["claude-3-7-sonnet", "0.005658"],
    ["claude-3-5-sonnet", "0.005658"],
    ["claude-haiku-5-5", "0.0001886"],
    ["claude-haiku-4-5", "0.001886"],
    ["claude-3-5-haiku", "0.0015088"],
    ["gpt-4o", null],
  ])("prices %s as the official client does", (model, expected) => {
    expect(dollars(price(model, model).cost)).toBe(trimmed(expected));
  });

  it.each([
    [100_000, "0.010000000"],
    [100_001, "0.050000500"],
  ])("re-prices haiku-5-5 as a whole above 100,000 prompt tokens (%i)", (inputTokens, expected) => {
    const { cost } = price("claude-haiku-5-5", "claude-haiku-5-5", { usage: { ...emptyUsage(), inputTokens } });

    expect(toDollars(cost ?? 0n)).toBe(expected);
  });

  it("counts cache writes and reads towards the tier, and re-prices output too", () => {
    const usage = {
      ...emptyUsage(),
      inputTokens: 1,
      cacheWrite5mTokens: 50_000,
      cacheReadTokens: 50_000,
      outputTokens: 1000,
    };
    const { costs } = price("claude-haiku-5-5", "claude-haiku-5-5", { usage });

    expect(costs).toMatchObject({
      inputNanoUsd: 500n,
      outputNanoUsd: 2_500_000n,
      cacheReadNanoUsd: 2_500_000n,
      cacheWrite5mNanoUsd: 31_250_000n,
    });
  });

  it("takes the price of the UTC day the request started on", () => {
    const usage = { ...emptyUsage(), cacheReadTokens: 1_000_000 };
    const on = (instant: string) =>
      toDollars(price("claude-sonnet-5-5", "claude-sonnet-5-5", { usage, atMs: Date.parse(instant) }).cost ?? 0n);

    expect(on("2026-10-06T23:59:59.999Z")).toBe("0.200000000");
    expect(on("2026-10-07T00:00:00Z")).toBe("0.100000000");
    expect(on("2026-01-01T00:00:00Z")).toBe("0.200000000"); // the first period also covers earlier days
  });

  it("halves tokens in batches, adds a tenth in the US, and leaves searches alone", () => {
    const usage = { ...sample, webSearches: 3 };
    const cost = (context: Partial<PriceContext>) =>
      price("claude-opus-5-5", "claude-opus-5-5", { usage, context: { ...standard, ...context } }).cost;

    expect(cost({})).toBe(7_144_000n + 30_000_000n);
    expect(cost({ serviceTier: "batch" })).toBe(3_572_000n + 30_000_000n);
    expect(cost({ inferenceGeo: "us" })).toBe(7_858_400n + 30_000_000n);
    expect(cost({ serviceTier: "batch", inferenceGeo: "us" })).toBe(3_929_200n + 30_000_000n);
    expect(cost({ inferenceGeo: "global", serviceTier: "priority" })).toBe(7_144_000n + 30_000_000n);
  });

  it("knows the US multiplier only of models that know the field", () => {
    const cost = price("claude-haiku-4-5", "claude-haiku-4-5", { context: { ...standard, inferenceGeo: "us" } }).cost;

    expect(cost).toBe(1_886_000n);
  });

  it("uses fast-mode prices while the model has them, and knows no price after", () => {
    const fast = (model: string, date: string) =>
      price(model, model, { context: { ...standard, speed: "fast" }, atMs: day(date) }).cost;

    expect(fast("claude-opus-5-5", "2026-11-22")).toBe(14_288_000n);
    expect(fast("claude-opus-4-8", "2026-11-29")).toBe(18_860_000n);
    expect(fast("claude-opus-4-8", "2026-11-30")).toBeNull();
    expect(fast("claude-opus-4-6", "2026-11-22")).toBe(9_430_000n); // ignores the switch
    expect(fast("claude-sonnet-5-5", "2026-11-22")).toBeNull();
  });

  it("rounds each class once, so that the classes add up to the cost", () => {
    const usage = { ...emptyUsage(), cacheReadTokens: 1, inputTokens: 1 };
    const { costs, cost } = price("claude-haiku-5-5", "claude-haiku-5-5", {
      usage,
      context: { serviceTier: "batch", speed: null, inferenceGeo: "us" },
    });

    expect(costs).toMatchObject({ cacheReadNanoUsd: 6n, inputNanoUsd: 55n }); // 5.5 and 55 exactly
    expect(cost).toBe(61n);
  });

  it("leaves a model without price unpriced rather than free", () => {
    expect(price("gpt-4o", "gpt-4o")).toMatchObject({ costs: null, cost: null, baseline: null, saved: null });
    expect(price("claude-mythos-preview", "claude-mythos-preview").cost).toBeNull();
    expect(price("claude-3-opus-20240229", "claude-3-opus").cost).toBeNull();
  });

  it("names the price version it used", () => {
    expect(price("gpt-4o", "gpt-4o").priceVersion).toBe("2026-11-22");
  });
});

describe("the saving", () => {
  it("saves the requested model's price for the same work, less the cost", () => {
    const priced = price("claude-opus-5-5", "claude-sonnet-5-5");

    expect(priced).toMatchObject({
      cost: 3_572_000n,
      baseline: 7_144_000n,
      saved: 3_572_000n,
      tokenizerRatioMilli: 1000,
    });
  });

  it("saves nothing when the request was not overridden, in any spelling of the model", () => {
    expect(price("claude-sonnet-4-5", "claude-sonnet-4.5-20250929").saved).toBe(0n);
    expect(price("us.anthropic.claude-opus-4-6-v1:0", "claude-opus-4-6[1m]").saved).toBe(0n);
  });

  it("gives a loss as a negative saving when the served model is dearer", () => {
    expect(price("claude-haiku-5-5", "claude-opus-5-5").saved).toBe(188_600n - 7_144_000n);
  });

  it("keeps the known cost when the model asked for has no price, and claims no saving", () => {
    expect(price("gpt-4o", "claude-sonnet-5-5")).toMatchObject({ cost: 3_572_000n, baseline: null, saved: null });
  });

  it("claims no saving when the served model has no price", () => {
    expect(price("claude-opus-5-5", "gpt-4o")).toMatchObject({ cost: null, baseline: 7_144_000n, saved: null });
  });

  it("counts fewer tokens for an older model asked, more for a newer one, by the ratio it records", () => {
    const usage = { ...emptyUsage(), inputTokens: 1000, outputTokens: 10 };

    const oldAsked = price("claude-opus-4-6", "claude-sonnet-5-5", { usage });
    expect(oldAsked.tokenizerRatioMilli).toBe(769);
    expect(oldAsked.baseline).toBe(769n * 5000n + 8n * 25_000n); // 7.69 output tokens are 8

    const newAsked = price("claude-opus-5-5", "claude-haiku-4-5", { usage });
    expect(newAsked.tokenizerRatioMilli).toBe(1300);
    expect(newAsked.baseline).toBe(1300n * 4000n + 13n * 20_000n);
  });

  it("decides the requested model's tier by the tokens it would have counted", () => {
    const usage = { ...emptyUsage(), inputTokens: 80_000 };

    expect(price("claude-haiku-5-5", "claude-haiku-4-5", { usage }).baseline).toBe(104_000n * 500n);
  });

  it("takes a prefix too short for the requested model's prompt cache as plain input", () => {
    const usage = { ...emptyUsage(), inputTokens: 100, cacheWrite5mTokens: 600, cacheReadTokens: 1000 };

    expect(price("claude-opus-4-7", "claude-sonnet-5-5", { usage }).baseline).toBe(1700n * 5000n); // needs 2048
    expect(price("claude-opus-4-8", "claude-sonnet-5-5", { usage }).baseline).toBe(
      100n * 5000n + 600n * 6250n + 1000n * 500n,
    ); // 1024
  });

  it("prices the requested model at its ordinary speed where it has no fast mode", () => {
    const context = { ...standard, speed: "fast" };

    expect(price("claude-sonnet-5-5", "claude-opus-5-5", { context })).toMatchObject({
      baseline: 3_572_000n,
      cost: 14_288_000n,
    });
  });

  it("honours what was asked for when it was dropped on the way", () => {
    const requestedContext = { ...standard, speed: "fast" };

    expect(price("claude-opus-5-5", "claude-haiku-5-5", { requestedContext }).baseline).toBe(14_288_000n);
  });

  it("counts a response-cache hit as avoided cost, never as saved as well", () => {
    const input = {
      requested: "claude-opus-5-5",
      served: "claude-sonnet-5-5",
      usage: sample,
      context: standard,
      atMs: day("2026-11-22"),
    };

    expect(priceCacheHit(input, catalogue)).toMatchObject({ cost: 0n, baseline: 0n, saved: 0n, avoided: 7_144_000n });
  });
});
