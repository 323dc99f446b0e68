import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { dayStartMs, isoInZone } from "#core/time/instant.ts";
import { parseRange, rangePresets } from "#core/time/range.ts";
import { cheaperModel, wouldSave } from "./cheaper-model.ts";
import { costTable, sortCostRows } from "./cost-table.ts";
import { sumTotals } from "./cost-totals.ts";
import { figuresView, totalsOfView } from "./figures.ts";
import { chooseSlotUnit, listSlots, slotEnds, slotKeyOfDay, slotKeyOfInstant } from "./slots.ts";

const now = Date.parse("2026-11-22T12:00:00Z");
const zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu"];

describe("slots", () => {
  it("cuts up to two days into hours, up to a quarter into days, more into months", () => {
    const unit = (text: string) => chooseSlotUnit(parseRange(text, "UTC", now));

    expect(["today", "2d", "3d", "100d", "101d"].map(unit)).toEqual(["hour", "hour", "day", "day", "month"]);
  });

  it("cover the range without holes, and find every instant's slot", () => {
    const instant = fc.integer({ min: Date.parse("2025-01-01"), max: Date.parse("2027-01-01") });
    const texts = [...rangePresets, "2d", "200d"] as const;
    fc.assert(
      fc.property(
        instant,
        fc.constantFrom(...zones),
        fc.constantFrom(...texts),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        (nowMs, zone, text, part) => {
          const range = parseRange(text, zone, nowMs);
          const slots = listSlots(range);
          const ends = slotEnds(range);
          const ms = Math.floor(range.fromMs + part * (range.toMs - range.fromMs));

          expect(ends).toHaveLength(slots.length);
          expect(ends.at(-1)).toBe(range.toMs);
          const expected = ends.findIndex((end) => end > ms);
          const unit = chooseSlotUnit(range);
          const key =
            unit === "hour" ? slotKeyOfInstant(ms, range) : slotKeyOfDay(isoInZone(ms, zone).slice(0, 10), unit);
          expect(slots.findIndex((slot) => slot.key === key)).toBe(expected);
        },
      ),
    );
  });

  it("gives 25 slots on the day the clocks go back, each with its own key", () => {
    const range = parseRange("2026-10-25", "Europe/Berlin", now);
    const slots = listSlots(range);

    expect(slots).toHaveLength(25);
    expect(new Set(slots.map(({ key }) => key)).size).toBe(25);
    expect(slots.slice(2, 4).map(({ label }) => label)).toEqual(["02:00", "02:00"]);
    expect(range.fromMs).toBe(dayStartMs("2026-10-25", "Europe/Berlin"));
  });
});

describe("the cost table", () => {
  const row = (key: string, costNanoUsd: bigint) => {
    const {
      cost: _cost,
      saved: _saved,
      avoided: _avoided,
      fullPrice: _full,
      planValue: _plan,
      ...counts
    } = sumTotals([]);
    const money = {
      costNanoUsd,
      baselineNanoUsd: costNanoUsd,
      savedNanoUsd: 0n,
      avoidedNanoUsd: 0n,
      correctedNanoUsd: 0n,
      cacheHits: 0n,
    };
    return { ...counts, ...money, key, billingMode: "metered", decision: "pass", requests: 1n };
  };
  const head = {
    isUnderWay: false,
    group: "project",
    range: { text: "", label: "", zone: "UTC", from: "", to: "" },
  } as const;
  const words = (key: string) => ({ label: key, tier: null });

  it("totals everything, also what only the range before had", () => {
    const before = [row("a", 1n), row("gone", 100n)];
    const table = costTable({ ...head, previous: head.range }, { now: [row("a", 5n), row("b", 7n)], before }, words);

    expect(table.rows.map(({ key, previousCostNanoUsd }) => [key, previousCostNanoUsd])).toEqual([
      ["b", null],
      ["a", "1"],
    ]);
    expect(table.total.costNanoUsd).toBe("12");
    expect([table.previousTotalCostNanoUsd, table.previousOtherCostNanoUsd]).toEqual(["101", "100"]);
  });

  it("has no cost before where no request had a price, and counts those that are not in it", () => {
    const unpriced = (key: string, requests: bigint) => ({ ...row(key, 0n), requests, unpriced: requests });
    const before = [unpriced("a", 30n), row("b", 9n), unpriced("b", 2n), unpriced("gone", 4n)];
    const now = [row("a", 5n), row("b", 7n)];
    const table = costTable({ ...head, previous: head.range }, { now, before }, words);

    expect(table.rows.map((one) => [one.key, one.previousCostNanoUsd, one.previousUnpriced])).toEqual([
      ["b", "9", 2],
      ["a", null, 30],
    ]);
    expect([table.previousTotalCostNanoUsd, table.previousTotalUnpriced]).toEqual(["9", 36]);
    expect([table.previousOtherCostNanoUsd, table.previousOtherUnpriced]).toEqual([null, 4]);
    const alone = costTable({ ...head, previous: head.range }, { now, before: [unpriced("a", 30n)] }, words);
    expect([alone.previousTotalCostNanoUsd, alone.previousTotalUnpriced]).toEqual([null, 30]);
  });

  it("sorts amounts beyond what a number holds exactly, and equal ones by name in both directions", () => {
    const big = 2n ** 60n;
    const now = [row("c", big), row("b", big + 1n), row("a", big)];
    const { rows } = costTable({ ...head, previous: null }, { now, before: [] }, words);

    expect(sortCostRows(rows, "cost", "desc").map(({ key }) => key)).toEqual(["b", "a", "c"]);
    expect(sortCostRows(rows, "cost", "asc").map(({ key }) => key)).toEqual(["a", "c", "b"]);
  });

  it("puts rows without a known amount last in both directions", () => {
    const now = [row("known", 5n), row("free", 0n), { ...row("unknown", 0n), unpriced: 1n }];
    const { rows } = costTable({ ...head, previous: null }, { now, before: [] }, words);

    expect(rows.map(({ key, figures }) => [key, figures.costNanoUsd])).toEqual([
      ["known", "5"],
      ["free", "0"],
      ["unknown", null],
    ]);
    expect(sortCostRows(rows, "cost", "asc").map(({ key }) => key)).toEqual(["free", "known", "unknown"]);
  });

  it("loses nothing between totals and their view", () => {
    const count = fc.bigInt({ min: 0n, max: 2n ** 53n - 1n });
    const amount = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n });
    fc.assert(
      fc.property(count, amount, (requests, cost) => {
        const totals = { ...sumTotals([]), requests, cost: cost as never, fullPrice: cost as never, saved: null };

        expect(totalsOfView(figuresView(totals))).toEqual(totals);
      }),
    );
  });
});

describe("a cheaper model", () => {
  const catalogue = loadCatalogue();
  const used = { ...sumTotals([]), inputTokens: 1_000_000n, outputTokens: 0n, costNanoUsd: 10_000_000_000n };

  it("finds today's model one price tier down, and none below the cheapest", () => {
    expect(cheaperModel(catalogue, "claude-opus-5-5")?.family).toBe("sonnet");
    expect(cheaperModel(catalogue, "claude-sonnet-5-5")?.family).toBe("haiku");
    expect(cheaperModel(catalogue, "claude-haiku-5-5")).toBeNull();
    expect(cheaperModel(catalogue, "unknown-model")).toBeNull();
  });

  it("saves in proportion to prices, of what was really paid", () => {
    const saving = wouldSave(catalogue, "2026-11-22", { from: "claude-opus-5-5", to: "claude-opus-5-5" }, used);

    expect(saving).toBe(0n);
    expect(wouldSave(catalogue, "2026-11-22", { from: "claude-opus-5-5", to: "unknown-model" }, used)).toBeNull();
    const real = wouldSave(catalogue, "2026-11-22", { from: "claude-opus-5-5", to: "claude-haiku-5-5" }, used) ?? 0n;
    expect(real > 0n && real < used.costNanoUsd).toBe(true);
  });
});
