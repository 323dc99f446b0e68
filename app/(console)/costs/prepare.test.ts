// Long because the bars and the words of one chart are tried on the same series.

import { describe, expect, it } from "vitest";
import { type ChartSeries, chartSeries, type SlotRow, type Tier } from "#core/costs/chart-series.ts";
import { sumTotals } from "#core/costs/cost-totals.ts";
import { parseRange } from "#core/time/range.ts";
import { chartColours, prepareChart } from "./prepare.ts";
import { slotLines, slotSentence } from "./slot-lines.ts";

const range = parseRange("2026-11-16..2026-11-20", "UTC", Date.parse("2026-11-22T12:00:00Z"));
const none = new Set<string>();

const row = (slot: string, servedModel: string, cost: bigint, more: Partial<SlotRow> = {}): SlotRow => {
  const {
    cost: _cost,
    saved: _saved,
    avoided: _avoided,
    fullPrice: _full,
    planValue: _plan,
    ...counts
  } = sumTotals([]);
  const money = {
    costNanoUsd: cost,
    baselineNanoUsd: cost,
    savedNanoUsd: 0n,
    avoidedNanoUsd: 0n,
    correctedNanoUsd: 0n,
    cacheHits: 0n,
  };
  return { ...counts, ...money, billingMode: "metered", decision: "pass", slot, servedModel, requests: 1n, ...more };
};

const tiers: Record<string, Tier> = { opus: 1, fable: 1, sonnet: 2, haiku: 3 };
const series = (rows: SlotRow[], versions: { number: number; publishedAtMs: number }[] = []): ChartSeries =>
  chartSeries(range, rows, versions, (id) => ({ name: id, tier: tiers[id] ?? null }));

const dollar = 1_000_000_000n;

describe("the cost bars", () => {
  it("have models with the names of what every object has, with nothing on days without them", () => {
    const names = ["__proto__", "constructor", "toString"];
    const rows = [...names.map((name) => row("2026-11-16", name, dollar)), row("2026-11-18", "opus", dollar)];
    const found = series(rows);

    expect(found.points[0]?.models.map(({ id }) => id)).toEqual(names);
    const { bars, parts } = prepareChart(found, "cost", none);
    const values = new Map(bars.series.map((one) => [one.key, [one.values[0], one.values[2]]]));
    for (const { key, models } of parts) expect(values.get(key)).toEqual(models.includes("opus") ? [0, 1] : [1, 0]);
    expect(parts.flatMap(({ models }) => models).sort()).toEqual([...names, "opus"].sort());
    expect(
      slotLines(found, parts, "cost", 2)?.filter(({ key }) => parts.some((part) => part.key === key)),
    ).toHaveLength(1);
  });

  it("stack the most expensive tiers first and keep days without data as gaps", () => {
    const { parts, bars } = prepareChart(
      series([
        row("2026-11-16", "haiku", dollar),
        row("2026-11-16", "opus", 2n * dollar),
        row("2026-11-18", "opus", 0n),
      ]),
      "cost",
      none,
    );

    expect(parts.map(({ label, colour }) => [label, colour])).toEqual([
      ["opus", "t1"],
      ["haiku", "t3"],
    ]);
    expect(bars.labels).toEqual(["16 Nov", "17 Nov", "18 Nov", "19 Nov"]);
    expect(bars.series.map(({ values }) => values)).toEqual([
      [2, null, 0, null],
      [1, null, 0, null],
    ]);
  });

  it("give two models of one tier different colours", () => {
    const { parts } = prepareChart(
      series([row("2026-11-16", "opus", 2n * dollar), row("2026-11-16", "fable", dollar)]),
      "cost",
      none,
    );

    expect(parts.map(({ colour }) => colour)).toEqual(["t1", "x1"]);
  });

  it("folds what is left of the largest four into Other, exactly", () => {
    const ids = ["opus", "fable", "sonnet", "haiku", "x1", "x2", "x3"];
    const rows = ids.map((id, index) => row("2026-11-16", id, BigInt(10 - index) * dollar));

    const { parts, folded, bars } = prepareChart(series(rows), "cost", none);

    expect(parts.map(({ label }) => label)).toEqual(["opus", "fable", "sonnet", "haiku", "Other"]);
    expect(folded).toBe("4 of 7");
    expect(parts.at(-1)).toMatchObject({ colour: "t0", total: "$15", models: ["x1", "x2", "x3"] });
    expect(bars.series.at(-1)?.values[0]).toBe(15);
    expect(chartColours(series(rows), "cost").get("x2")).toBe("t0");
  });

  it("give every model a unique colour, and the colour of Other to Other alone", () => {
    const all: Record<string, Tier> = { a: 1, b: 1, c: 1, d: null, e: null, f: null };
    const rows = [..."abcdefgh"].map((id, at) => row("2026-11-16", id, BigInt(20 - at) * dollar, { overrides: 1n }));
    const { parts } = prepareChart(
      chartSeries(range, rows, [], (id) => ({ name: id, tier: all[id] ?? null })),
      "cost",
      none,
    );

    expect(parts.map(({ label }) => label)).toEqual(["a", "b", "c", "d", "e", "f", "Other"]);
    expect(new Set(parts.map(({ colour }) => colour)).size).toBe(parts.length);
    expect(parts.filter(({ colour }) => colour === "t0").map(({ label }) => label)).toEqual(["Other"]);
  });

  it("never fold a model that rules route to, however little it cost", () => {
    const rows = ["opus", "fable", "sonnet", "x1", "x2", "x3"].map((id) => row("2026-11-16", id, 9n * dollar));
    const { parts, folded } = prepareChart(
      series([...rows, row("2026-11-16", "haiku", 1n, { overrides: 1n })]),
      "cost",
      none,
    );

    expect(parts.map(({ label }) => label)).toContain("haiku");
    expect(parts.at(-1)).toMatchObject({ label: "Other", models: expect.not.arrayContaining(["haiku"]) });
    expect(folded).toBe("5 of 7");
  });

  it.each(["cost", "tokens", "requests"] as const)(
    "folds no model of %s while there is a colour for each",
    (metric) => {
      const rows = ["opus", "fable", "sonnet", "haiku", "x1", "x2"].map((id) => row("2026-11-16", id, dollar));
      const { parts, folded } = prepareChart(series(rows), metric, none);

      expect([parts.length, folded]).toEqual([6, null]);
      expect(new Set(parts.map(({ colour }) => colour)).size).toBe(6);
    },
  );

  it("has no part for requests that no model served, but where requests are counted", () => {
    const own = series([row("2026-11-16", "opus", dollar), row("2026-11-16", "", 0n)]);
    const keys = (metric: "cost" | "tokens" | "requests") =>
      prepareChart(own, metric, none).parts.map(({ key }) => key);

    expect([keys("cost"), keys("tokens"), keys("requests")]).toEqual([["opus"], ["opus"], ["opus", ""]]);
  });

  it("hatch unpaid amounts, separately by rules and by cache", () => {
    const unpaid = { savedNanoUsd: 3n * dollar, avoidedNanoUsd: dollar };
    const { bars } = prepareChart(series([row("2026-11-16", "opus", dollar, unpaid)]), "cost", none);

    expect([bars.saved[0], bars.avoided[0], bars.losses[0]]).toEqual([3, 1, null]);
  });

  it("draw a full-price line instead of a hatch on a day that lost money", () => {
    const { bars } = prepareChart(
      series([row("2026-11-16", "opus", 5n * dollar, { savedNanoUsd: -2n * dollar })]),
      "cost",
      none,
    );

    expect([bars.saved[0], bars.losses[0]]).toEqual([0, 3]);
  });

  it("show tokens and requests without money on top", () => {
    const one = row("2026-11-16", "opus", dollar, { savedNanoUsd: dollar, inputTokens: 1000n, outputTokens: 234n });

    const tokens = prepareChart(series([one]), "tokens", none);
    const requests = prepareChart(series([one]), "requests", none);

    expect([tokens.bars.series[0]?.values[0], tokens.bars.saved[0], tokens.parts[0]?.total]).toEqual([
      1234,
      null,
      "1.23k",
    ]);
    expect(requests.bars.series[0]?.values[0]).toBe(1);
  });

  it("omit series that the legend hides", () => {
    const { bars, parts } = prepareChart(
      series([row("2026-11-16", "opus", dollar), row("2026-11-16", "haiku", dollar)]),
      "cost",
      new Set(["opus"]),
    );

    expect(bars.series.map(({ key }) => key)).toEqual(["haiku"]);
    expect(parts).toHaveLength(2);
  });

  it("mark an unpriced model instead of showing zero", () => {
    const { parts } = prepareChart(series([row("2026-11-16", "x1", 0n, { unpriced: 1n })]), "cost", none);

    expect(parts[0]?.total).toBe("unpriced");
  });

  it("place a publish on the nearer edge of its day and join those that meet there", () => {
    const at = (text: string) => Date.parse(text);
    const { bars } = prepareChart(
      series(
        [row("2026-11-16", "opus", dollar)],
        [
          { number: 1, publishedAtMs: at("2026-11-01T00:00:00Z") },
          { number: 2, publishedAtMs: at("2026-11-17T08:00:00Z") },
          { number: 3, publishedAtMs: at("2026-11-17T20:00:00Z") },
          { number: 4, publishedAtMs: at("2026-11-18T02:00:00Z") },
        ],
      ),
      "cost",
      none,
    );

    expect(bars.marks).toEqual([
      { at: 1, text: "v2" },
      { at: 2, text: "v3–v4" },
    ]);
  });

  it.each([
    ["cost", 0, "$0"],
    ["cost", 0.25, "$0.25"],
    ["cost", 400, "$400"],
    ["cost", 12_000, "$12k"],
    ["tokens", 3_000, "3k"],
    ["tokens", 1_500_000, "1.5M"],
    ["requests", 200, "200"],
    ["requests", 0.5, ""],
  ] as const)("label an axis of %s: %d as %s", (metric, value, text) => {
    expect(prepareChart(series([row("2026-11-16", "opus", dollar)]), metric, none).bars.formatTick(value)).toBe(text);
  });
});

describe("the tooltip of a bar", () => {
  const own = series(
    [
      row("2026-11-16", "opus", 5n * dollar, { savedNanoUsd: -2n * dollar }),
      row("2026-11-16", "haiku", dollar, { avoidedNanoUsd: dollar }),
    ],
    [{ number: 7, publishedAtMs: 0 }],
  );
  const { parts } = prepareChart(own, "cost", none);

  it("lists each model, paid, lost and avoided amounts, and the full price", () => {
    const lines = slotLines(own, parts, "cost", 0);

    expect(lines?.map(({ label, value, isLoss }) => [label, value, isLoss])).toEqual([
      ["haiku", "$1.00", false],
      ["opus", "$5.00", false],
      ["Paid", "$6.00", false],
      ["Lost by rules", "−$2.00", true],
      ["Avoided by cache", "$1.00", false],
      ["Full price", "$5.00", false],
    ]);
  });

  it("is one sentence for a screen reader, also when nothing was recorded", () => {
    expect(slotSentence(own, parts, "requests", 0)).toBe(
      "Mon 16 Nov: haiku 1, opus 1, All requests 2, Overridden 0. Rules version 7.",
    );
    expect(slotSentence(own, parts, "cost", 1)).toBe("Tue 17 Nov: nothing recorded.");
  });
});
