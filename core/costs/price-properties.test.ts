import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import type { Catalogue } from "./catalogue.ts";
import { eventCosts, priceRequest } from "./price-request.ts";
import type { PriceContext, Usage } from "./usage.ts";

const catalogue = loadCatalogue();
const day = (text: string) => Date.parse(`${text}T12:00:00Z`);

describe("prices hold for any usage", () => {
  const tokens = fc.nat({ max: 3_000_000 });
  const usage: fc.Arbitrary<Usage> = fc.record({
    inputTokens: tokens,
    cacheWrite5mTokens: tokens,
    cacheWrite1hTokens: tokens,
    cacheReadTokens: tokens,
    outputTokens: tokens,
    thinkingTokens: fc.constant(0),
    webSearches: fc.nat({ max: 20 }),
  });
  const context: fc.Arbitrary<PriceContext> = fc.record({
    serviceTier: fc.constantFrom(null, "standard", "batch", "priority"),
    speed: fc.constantFrom(null, "fast", "standard"),
    inferenceGeo: fc.constantFrom(null, "us", "global", "not_available"),
  });
  const model = fc.constantFrom(...catalogue.models.map((entry) => entry.id), "gpt-4o");
  const atMs = fc.integer({ min: day("2026-01-01"), max: day("2027-01-01") });
  const request = fc.record({ requested: model, served: model, usage, context, atMs });

  it("adds the classes up to the cost, and saves the baseline less the cost", () => {
    fc.assert(
      fc.property(request, (input) => {
        const { costs, cost, baseline, saved } = priceRequest(input, catalogue);

        expect(costs === null).toBe(cost === null);
        if (costs) expect(Object.values(costs).reduce((sum, part) => sum + part, 0n)).toBe(cost);
        if (costs) expect(eventCosts(costs).outputNanoUsd).toBe(costs.outputNanoUsd.toString());
        expect(saved).toBe(cost === null || baseline === null ? null : baseline - cost);
        for (const amount of [cost, baseline]) expect(amount === null || amount >= 0n).toBe(true);
      }),
    );
  });

  it("never prices more tokens lower", () => {
    fc.assert(
      fc.property(
        request,
        fc.constantFrom("inputTokens", "cacheReadTokens", "outputTokens", "webSearches"),
        fc.nat({ max: 1000 }),
        (input, name, more) => {
          const before = priceRequest(input, catalogue).cost ?? 0n;
          const after =
            priceRequest({ ...input, usage: { ...input.usage, [name]: input.usage[name] + more } }, catalogue).cost ??
            0n;

          expect(after).toBeGreaterThanOrEqual(before);
        },
      ),
    );
  });

  it("rounds each class by half a nano-dollar at most", () => {
    fc.assert(
      fc.property(request, (input) => {
        const batch: Catalogue = { ...catalogue, batchMilli: 1000 };
        const full = priceRequest({ ...input, context: { ...input.context, inferenceGeo: null } }, batch).costs;
        const real = priceRequest(input, catalogue).costs;
        if (!full || !real) return;
        const entry = catalogue.models.find((candidate) => candidate.id === input.served);
        const geo = input.context.inferenceGeo === "us" ? BigInt(entry?.inferenceGeoUsMilli ?? 1000) : 1000n;
        const factor = geo * (input.context.serviceTier === "batch" ? 500n : 1000n);
        for (const name of ["inputNanoUsd", "cacheReadNanoUsd", "outputNanoUsd"] as const) {
          const error = real[name] * 1_000_000n - full[name] * factor;
          expect(error <= 500_000n && error >= -500_000n).toBe(true);
        }
      }),
    );
  });
});
