import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { priceRequest } from "./price-request.ts";
import { type ConversationCaches, cachesAfter, findRewrittenTokens, withoutRewrites } from "./switched-prompt.ts";
import { cachedTokens, cacheWrites, emptyUsage, type Usage } from "./usage.ts";

const catalogue = loadCatalogue();
const TTL_MS = 5 * 60_000;
const START_MS = Date.parse("2026-11-30T12:00:00Z");
const OPUS = "claude-opus-5-5";
const SONNET = "claude-sonnet-5-5";
const HAIKU = "claude-haiku-5-5";
const CONTEXT = { serviceTier: null, speed: null, inferenceGeo: null };

/** One request of a conversation whose prompt only grows. */
interface Turn {
  requested: string;
  served: string;
  /** Pause since the request before. */
  pauseMs: number;
  /** Tokens by which the prompt has grown. */
  grewBy: number;
  outputTokens?: number;
}

/** Prompt cache of the provider: what each model holds of the conversation, for five minutes from its last use. */
class ProviderCache {
  private readonly held = new Map<string, { tokens: number; untilMs: number }>();

  use(model: string, promptTokens: number, atMs: number): Pick<Usage, "cacheReadTokens" | "cacheWrite5mTokens"> {
    const known = this.held.get(model);
    const cacheReadTokens = known !== undefined && known.untilMs >= atMs ? known.tokens : 0;
    this.held.set(model, { tokens: promptTokens, untilMs: atMs + TTL_MS });
    return { cacheReadTokens, cacheWrite5mTokens: promptTokens - cacheReadTokens };
  }
}

interface Booked {
  rewritten: number;
  cost: bigint;
  saved: bigint;
  /** What the simulation says the requested model would have cost. */
  trueFullPrice: bigint;
}

/** Books a conversation as the proxy does, beside an independent simulation of the provider's cache. */
function book(turns: readonly Turn[]): Booked[] {
  const [real, wouldBe] = [new ProviderCache(), new ProviderCache()];
  let caches: ConversationCaches = { served: [], requested: [] };
  let [atMs, promptTokens] = [START_MS, 0];
  return turns.map(({ requested, served, pauseMs, grewBy, outputTokens = 300 }) => {
    atMs += pauseMs;
    promptTokens += grewBy;
    const usage = { ...emptyUsage(), ...real.use(served, promptTokens, atMs), outputTokens };
    const wouldUse = { ...emptyUsage(), ...wouldBe.use(requested, promptTokens, atMs), outputTokens };
    const request = { startedAtMs: atMs, requested, served, usage, ttlMs: TTL_MS, goesOn: true };
    const rewritten = findRewrittenTokens(caches, request, catalogue);
    caches = cachesAfter(caches, request, catalogue);
    const rest = { context: CONTEXT, atMs };
    const priced = priceRequest({ requested, served, usage, rewrittenTokens: rewritten, ...rest }, catalogue);
    const truth = priceRequest({ requested, served: requested, usage: wouldUse, ...rest }, catalogue);
    return { rewritten, cost: priced.cost ?? -1n, saved: priced.saved ?? -1n, trueFullPrice: truth.cost ?? -1n };
  });
}

describe("a switch in a warm session", () => {
  const minute = { pauseMs: 60_000, outputTokens: 0 };

  it("is booked as the loss it is, and each turn after it as its gain", () => {
    const booked = book([
      { requested: OPUS, served: OPUS, grewBy: 150_000, ...minute },
      { requested: OPUS, served: SONNET, grewBy: 1_000, ...minute },
      { requested: OPUS, served: SONNET, grewBy: 1_000, ...minute },
      { requested: OPUS, served: SONNET, grewBy: 1_000, ...minute },
      { requested: OPUS, served: OPUS, grewBy: 1_000, ...minute },
    ]);

    expect(booked.map(({ rewritten }) => rewritten)).toEqual([0, 150_000, 0, 0, 3_000]);
    expect(booked.map(({ saved }) => saved)).toEqual([0n, -342_500_000n, 17_600_000n, 17_700_000n, -14_400_000n]);
  });

  it("costs nothing where the provider has missed on both sides, after a pause", () => {
    const booked = book([
      { requested: OPUS, served: OPUS, grewBy: 50_000, ...minute },
      { requested: OPUS, served: SONNET, grewBy: 1_000, pauseMs: TTL_MS + 1, outputTokens: 0 },
    ]);

    expect(booked.map(({ rewritten }) => rewritten)).toEqual([0, 0]);
  });

  it("avoids a re-write where a person goes over to the model that served already", () => {
    const booked = book([
      { requested: OPUS, served: SONNET, grewBy: 50_000, ...minute },
      { requested: SONNET, served: SONNET, grewBy: 1_000, ...minute },
    ]);

    expect(booked.map(({ rewritten }) => rewritten)).toEqual([0, -50_000]);
    expect(booked[1]?.saved).toBeGreaterThan(0n);
  });
});

describe("any sequence of models", () => {
  const model = fc.constantFrom(OPUS, SONNET, HAIKU);
  const turn: fc.Arbitrary<Turn> = fc.record({
    requested: model,
    served: model,
    pauseMs: fc.oneof(fc.nat({ max: 90_000 }), fc.integer({ min: TTL_MS - 1, max: TTL_MS + 1 }), fc.nat(20 * 60_000)),
    grewBy: fc.integer({ min: 5_000, max: 60_000 }),
    outputTokens: fc.nat({ max: 4_000 }),
  });

  it("has the full price that an independent simulation of the provider's cache has", () => {
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 12 }), (turns) => {
        for (const { cost, saved, trueFullPrice } of book(turns)) expect(cost + saved).toBe(trueFullPrice);
      }),
    );
  });
});

describe("tokens moved between written and read", () => {
  const usage = fc.record({ short: fc.nat(100_000), long: fc.nat(100_000), read: fc.nat(100_000) });

  it("change no sum, and never more than there are", () => {
    fc.assert(
      fc.property(usage, fc.integer({ min: -200_000, max: 200_000 }), ({ short, long, read }, rewritten) => {
        const had = { ...emptyUsage(), cacheWrite5mTokens: short, cacheWrite1hTokens: long, cacheReadTokens: read };
        const would = withoutRewrites(had, rewritten);

        expect(cachedTokens(would)).toBe(cachedTokens(had));
        expect(cacheWrites(had) - cacheWrites(would)).toBe(
          rewritten > 0 ? Math.min(rewritten, short + long) : 0 - Math.min(-rewritten, read),
        );
        for (const tokens of Object.values(would)) expect(tokens).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
