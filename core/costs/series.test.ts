import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CostMeasures, promptTokensOf, totalsOf } from "./cost-totals.ts";
import { costSeries, type DayRow } from "./series.ts";

interface Row extends DayRow {
  servedModel: string;
}
const nothing: CostMeasures = {
  billingMode: "metered",
  requests: 0n,
  errors: 0n,
  overrides: 0n,
  fallbacks: 0n,
  skips: 0n,
  unpriced: 0n,
  estimated: 0n,
  inputTokens: 0n,
  cacheWrite5mTokens: 0n,
  cacheWrite1hTokens: 0n,
  cacheReadTokens: 0n,
  outputTokens: 0n,
  webSearches: 0n,
  costNanoUsd: 0n,
  savedNanoUsd: 0n,
  avoidedNanoUsd: 0n,
};
const row = (day: string, servedModel: string, costNanoUsd: bigint, more: Partial<Row> = {}): Row => ({
  ...nothing,
  requests: 1n,
  day,
  servedModel,
  costNanoUsd,
  ...more,
});
const days = ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"];
const series = (rows: Row[], more: { top?: number; firstDay?: string | null; today?: string } = {}) =>
  costSeries(rows, { days, partOf: (each) => each.servedModel, ...more });

describe("totals", () => {
  it("keep subscription traffic apart as plan value, and let it save nothing", () => {
    const totals = totalsOf([
      row("d", "a", 5n, { savedNanoUsd: -2n, avoidedNanoUsd: 3n }),
      row("d", "a", 100n, { billingMode: "subscription", savedNanoUsd: 50n, avoidedNanoUsd: 9n }),
    ]);

    expect(totals).toMatchObject({ requests: 2n, cost: 5n, saved: -2n, avoided: 3n, fullPrice: 6n, planValue: 100n });
  });

  it("count every prompt token", () => {
    expect(
      promptTokensOf({ inputTokens: 1n, cacheWrite5mTokens: 2n, cacheWrite1hTokens: 3n, cacheReadTokens: 4n }),
    ).toBe(10n);
  });
});

describe("a cost series", () => {
  it("has every day of the range and leaves other days out", () => {
    const { points, totals } = series([row("2026-11-21", "opus", 7n), row("2026-12-01", "opus", 100n)]);

    expect(points.map((point) => point.totals?.cost)).toEqual([0n, 7n, 0n, 0n]);
    expect(totals.cost).toBe(7n);
  });

  it("shows a gap, not a zero, before anything was recorded and after today", () => {
    const { points, stacks } = series([row("2026-11-21", "opus", 7n)], { firstDay: "2026-11-21", today: "2026-11-22" });

    expect(points.map((point) => point.totals?.cost ?? null)).toEqual([null, 7n, 0n, null]);
    expect(stacks[0]?.values).toEqual([null, 7n, 0n, null]);
    expect(series([], { firstDay: null }).points.every((point) => point.totals === null)).toBe(true);
  });

  it("stacks the dearest parts and folds the rest", () => {
    const rows = ["a", "b", "c", "d", "e", "f"].map((model, at) => row("2026-11-20", model, BigInt(at + 1)));
    const { stacks, parts } = series(rows, { top: 4 });

    expect(stacks.map((stack) => [stack.key, stack.total, stack.requests])).toEqual([
      ["f", 6n, 1n],
      ["e", 5n, 1n],
      ["d", 4n, 1n],
      ["c", 3n, 1n],
      [null, 3n, 2n],
    ]);
    expect(parts).toBe(6);
  });

  it("never folds a single part into the rest", () => {
    const rows = ["a", "b", "c", "d", "e"].map((model, at) => row("2026-11-20", model, BigInt(at)));

    expect(series(rows, { top: 4 }).stacks.map((stack) => stack.key)).toEqual(["e", "d", "c", "b", "a"]);
  });

  it("adds up: stacks to days, days to totals, full price to its parts", () => {
    const amount = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n });
    const anyRow = fc
      .record({
        day: fc.constantFrom(...days, "2026-01-01"),
        servedModel: fc.constantFrom("a", "b", "c", "d", "e", "f", "g"),
        costNanoUsd: fc.bigInt({ min: 0n, max: 10n ** 12n }),
        savedNanoUsd: amount,
        avoidedNanoUsd: fc.bigInt({ min: 0n, max: 10n ** 12n }),
        billingMode: fc.constantFrom("metered", "subscription"),
      })
      .map((fields): Row => ({ ...nothing, requests: 1n, ...fields }));
    fc.assert(
      fc.property(fc.array(anyRow), fc.integer({ min: 1, max: 8 }), (rows, top) => {
        const { points, stacks, totals } = series(rows, { top });
        const add = (values: (bigint | null | undefined)[]) =>
          values.reduce<bigint>((sum, value) => sum + (value ?? 0n), 0n);

        for (const [at, point] of points.entries())
          expect(add(stacks.map((stack) => stack.values[at]))).toBe(point.totals?.cost);
        expect(add(points.map((point) => point.totals?.cost))).toBe(totals.cost);
        expect(add(stacks.map((stack) => stack.total))).toBe(totals.cost);
        expect(totals.fullPrice).toBe(totals.cost + totals.saved + totals.avoided);
        expect(totals).toEqual(totalsOf(rows.filter((each) => days.includes(each.day))));
      }),
    );
  });
});
