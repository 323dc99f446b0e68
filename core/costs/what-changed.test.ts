import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ChangeLine,
  costOfTraffic,
  explainChange,
  type ModelTraffic,
  type PeriodTraffic,
} from "./what-changed.ts";

const kinds = ["input", "cacheWrite5m", "cacheWrite1h", "cacheRead", "output", "webSearch", "other"] as const;
const each = <T>(value: fc.Arbitrary<T>) =>
  fc.record(Object.fromEntries(kinds.map((kind) => [kind, value])) as Record<(typeof kinds)[number], fc.Arbitrary<T>>);

const anyModel = fc
  .record({
    requestedModel: fc.constantFrom("opus", "sonnet", "haiku"),
    servedModel: fc.constantFrom("opus", "sonnet", "haiku"),
    requests: fc.integer({ min: 0, max: 5000 }),
    hitShare: fc.double({ min: 0, max: 1, noNaN: true }),
    units: each(fc.integer({ min: 0, max: 10_000_000 })),
    nanoUsd: each(fc.bigInt(0n, 3_000_000_000_007n)),
  })
  .map(({ hitShare, ...model }): ModelTraffic => ({ ...model, hits: Math.floor(model.requests * hitShare) }));

const anyPeriod: fc.Arbitrary<PeriodTraffic> = fc.record({
  people: fc.integer({ min: 0, max: 50 }),
  sessions: fc.option(fc.integer({ min: 1, max: 500 })),
  asks: fc.option(fc.integer({ min: 1, max: 900 })),
  models: fc.uniqueArray(anyModel, { maxLength: 6, selector: (of) => `${of.requestedModel} ${of.servedModel}` }),
  versions: fc.option(
    fc.uniqueArray(
      fc.record({
        version: fc.constantFrom("2.1.79", "2.1.84", "2.1.90"),
        requests: fc.integer({ min: 1, max: 5000 }),
        tokens: fc.integer({ min: 0, max: 90_000_000 }),
      }),
      { selector: ({ version }) => version },
    ),
  ),
  written: fc.option(
    fc.uniqueArray(
      fc.record({
        cause: fc.constantFrom("first", "tools", "expired"),
        tokens: fc.integer({ min: 0, max: 10_000_000 }),
      }),
      { selector: ({ cause }) => cause },
    ),
  ),
  outlier: fc.option(
    fc.record({
      id: fc.constant("s"),
      requests: fc.nat(50),
      asks: fc.nat(5),
      models: fc.array(anyModel, { maxLength: 1 }),
    }),
  ),
  savedNanoUsd: fc.option(fc.bigInt(0n, 10n ** 12n)),
  avoidedNanoUsd: fc.constant(0n),
  correctedNanoUsd: fc.bigInt(-5n, 5n),
});

const opus = (more: Partial<ModelTraffic> = {}): ModelTraffic => ({
  requestedModel: "opus",
  servedModel: "opus",
  requests: 100,
  hits: 0,
  units: { input: 1000, cacheWrite5m: 2000, cacheWrite1h: 0, cacheRead: 7000, output: 500, webSearch: 0, other: 0 },
  nanoUsd: {
    input: 4_000_000n,
    cacheWrite5m: 10_000_000n,
    cacheWrite1h: 0n,
    cacheRead: 2_800_000n,
    output: 10_000_000n,
    webSearch: 0n,
    other: 0n,
  },
  ...more,
});
const period = (more: Partial<PeriodTraffic> = {}): PeriodTraffic => ({
  people: 10,
  sessions: 20,
  asks: 50,
  models: [opus()],
  versions: null,
  written: null,
  outlier: null,
  savedNanoUsd: 0n,
  avoidedNanoUsd: 0n,
  correctedNanoUsd: 0n,
  ...more,
});
/** The same traffic several times over: units and money alike. */
const times = (of: ModelTraffic, factor: number): ModelTraffic => ({
  ...of,
  requests: of.requests * factor,
  units: Object.fromEntries(kinds.map((kind) => [kind, of.units[kind] * factor])) as ModelTraffic["units"],
  nanoUsd: Object.fromEntries(
    kinds.map((kind) => [kind, of.nanoUsd[kind] * BigInt(factor)]),
  ) as ModelTraffic["nanoUsd"],
});
const sum = (lines: readonly ChangeLine[]) => lines.reduce((total, { nanoUsd }) => total + nanoUsd, 0n);
const named = (lines: readonly ChangeLine[]) =>
  Object.fromEntries(lines.filter(({ nanoUsd }) => nanoUsd !== 0n).map(({ name, nanoUsd }) => [name, nanoUsd]));
const COST = 26_800_000n;

describe("what changed between two periods", () => {
  it("adds up to the difference to the nano-dollar, for any two periods", () => {
    fc.assert(
      fc.property(anyPeriod, anyPeriod, (before, after) => {
        const lines = explainChange(before, after);
        // The outlying session is part of the period: only what is left beside it is compared.
        const whole = (of: PeriodTraffic) => {
          const inside = of.outlier?.models.filter((part) =>
            of.models.some((own) => own.requestedModel === part.requestedModel && own.servedModel === part.servedModel),
          );
          const strange = (of.outlier?.models.length ?? 0) - (inside?.length ?? 0);
          return { cost: costOfTraffic(of), isPart: strange === 0 };
        };
        fc.pre(whole(before).isPart && whole(after).isPart);
        expect(sum(lines)).toBe(whole(after).cost - whole(before).cost);
      }),
      { numRuns: 300 },
    );
  });

  it("is nothing where nothing changed", () => {
    expect(named(explainChange(period(), period()))).toEqual({});
  });

  it("gives twice the people with twice the work to the people alone", () => {
    const twice = period({ people: 20, sessions: 40, asks: 100, models: [times(opus(), 2)] });
    expect(named(explainChange(period(), twice))).toEqual({ people: COST });
  });

  it("gives more requests for the same asks to the requests", () => {
    expect(named(explainChange(period(), period({ models: [times(opus(), 3)] })))).toEqual({ requests: 2n * COST });
  });

  it("gives larger contexts to the size, and dearer tokens to the prices", () => {
    const larger = { ...times(opus(), 2), requests: 100 };
    expect(named(explainChange(period(), period({ models: [larger] })))).toEqual({ size: COST });
    const dearer = { ...times(opus(), 2), requests: 100, units: opus().units };
    expect(named(explainChange(period(), period({ models: [dearer] })))).toEqual({ prices: COST });
  });

  it("gives a cheaper served model to the rules, and a cheaper requested one to the mix", () => {
    const half = Object.fromEntries(kinds.map((kind) => [kind, opus().nanoUsd[kind] / 2n])) as ModelTraffic["nanoUsd"];
    const byRule = opus({ servedModel: "sonnet", nanoUsd: half });
    expect(named(explainChange(period(), period({ models: [byRule] })))).toEqual({ rules: -COST / 2n });
    const asked = { ...byRule, requestedModel: "sonnet" };
    expect(named(explainChange(period(), period({ models: [asked] })))).toEqual({ mix: -COST / 2n });
  });

  it("gives answers of the response cache to it", () => {
    const half = Object.fromEntries(kinds.map((kind) => [kind, opus().units[kind] / 2])) as ModelTraffic["units"];
    const nano = Object.fromEntries(kinds.map((kind) => [kind, opus().nanoUsd[kind] / 2n])) as ModelTraffic["nanoUsd"];
    const cached = opus({ hits: 50, units: half, nanoUsd: nano });
    expect(named(explainChange(period(), period({ models: [cached] })))).toEqual({ "response-cache": -COST / 2n });
  });

  it("gives tokens written instead of read to the prompt cache, by cause", () => {
    // 1,000 tokens more are written at 5,000 nano-dollars and fewer read at 400.
    const units = { ...opus().units, cacheWrite5m: 3000, cacheRead: 6000 };
    const nanoUsd = { ...opus().nanoUsd, cacheWrite5m: 15_000_000n, cacheRead: 2_400_000n };
    const before = period({ written: [{ cause: "first", tokens: 2000 }] });
    const written = [
      { cause: "first", tokens: 2000 },
      { cause: "tools", tokens: 1000 },
    ];
    const lines = explainChange(before, period({ written, models: [opus({ units, nanoUsd })] }));
    expect(lines.filter(({ nanoUsd: own }) => own !== 0n)).toMatchObject([
      { name: "prompt-cache", cause: "tools", label: "Prompt cache: tools changed", nanoUsd: 4_600_000n },
    ]);
  });

  it("gives a client version that sends more to the version, not to the size", () => {
    const versions = (old: number, next: number) => [
      { version: "1", requests: old, tokens: old * 100 },
      { version: "2", requests: next, tokens: next * 200 },
    ];
    const larger = { ...times(opus(), 2), requests: 100 };
    const [before, after] = [versions(100, 0), versions(0, 100)].map((rows) =>
      rows.filter(({ requests }) => requests > 0),
    );
    const lines = explainChange(
      period({ versions: before ?? [] }),
      period({ versions: after ?? [], models: [larger] }),
    );
    expect(named(lines)).toEqual({ "client-version": COST });
  });

  it("keeps one outlying session apart", () => {
    const large = times(opus(), 5);
    const models = [times(opus(), 6)];
    const outlier = { id: "s_1", requests: 500, asks: 9, models: [large] };
    const lines = explainChange(period(), period({ sessions: 21, asks: 59, models, outlier }));
    expect(named(lines)).toEqual({ outlier: 5n * COST });
    expect(lines.at(-1)).toMatchObject({ session: "s_1", label: "One outlying session" });
  });
});
