import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  chartDollars,
  computeShare,
  formatBytes,
  formatChange,
  formatCount,
  formatDuration,
  formatInstant,
  formatMoney,
  formatMoneyExact,
  formatMoneyShort,
  formatPercent,
  formatPoints,
  formatRelative,
  formatTokens,
} from "./format.ts";

const minute = 60_000;

describe("money on screen", () => {
  it.each([
    [4_678_120_000_000n, "$4,678.12"],
    [4_200_000n, "$0.0042"],
    [-12_400_000_000n, "−$12.40"],
    [-4_200_000n, "−$0.0042"],
    [0n, "$0.00"],
    [1_000_000_000n, "$1.00"],
    [999_940_000n, "$0.9999"],
    [999_950_000n, "$1.00"], // rounds up to a dollar, so it is written as one
    [1n, "<$0.0001"],
    [-1n, "−<$0.0001"],
    [1_005_000_000n, "$1.01"],
    [1_234_567_890_123_456_789n, "$1,234,567,890.12"],
    [null, "unpriced"],
  ])("shows %s nano-dollars as %s", (amount, text) => {
    expect(formatMoney(amount)).toBe(text);
  });

  it("takes the decimal strings of JSON", () => {
    expect(formatMoney("4678120000000")).toBe("$4,678.12");
  });

  it("formats amounts short in legends", () => {
    expect([4_678_120_000_000n, -12_500_000_000n, 9_990_000_000n, null].map(formatMoneyShort)).toEqual([
      "$4,678",
      "−$13",
      "$9.99",
      "unpriced",
    ]);
  });

  it("formats amounts exactly in tooltips", () => {
    expect([3_572_000n, 188_600n, 1_500_000_000_000n, -1n, 0n, null].map(formatMoneyExact)).toEqual([
      "$0.003572",
      "$0.0001886",
      "$1,500.00",
      "−$0.000000001",
      "$0.00",
      "unpriced",
    ]);
  });

  it("loses nothing when exact, and never more than half its last digit otherwise", () => {
    const back = (text: string) => Number(text.replace("−", "-").replace(/[$,]/g, ""));
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n }), (amount) => {
        expect(back(formatMoneyExact(amount))).toBe(Number(amount) / 1e9);
        if (amount > 50_000n || amount < -50_000n)
          expect(Math.abs(back(formatMoney(amount)) - Number(amount) / 1e9)).toBeLessThanOrEqual(0.005_000_001);
      }),
    );
  });

  it("gives charts plain dollars", () => {
    expect(chartDollars("4678120000000")).toBe(4678.12);
  });
});

describe("counts on screen", () => {
  it.each([
    [0, "0"],
    [999, "999"],
    [1000, "1.00k"],
    [48_200, "48.2k"],
    [482_000, "482k"],
    [999_499, "999k"],
    [999_500, "1.00M"],
    [1_280_000, "1.28M"],
    [12_849_999_999, "12.8B"],
    [-48_200, "−48.2k"],
    [10n ** 16n, "10,000T"],
  ])("shows %s tokens as %s", (tokens, text) => {
    expect(formatTokens(tokens)).toBe(text);
  });

  it("groups whole numbers", () => {
    expect([0, 999, 12_480, -1_000_000, 123_456_789_012_345_678n].map(formatCount)).toEqual([
      "0",
      "999",
      "12,480",
      "−1,000,000",
      "123,456,789,012,345,678",
    ]);
  });
});

describe("percentages on screen", () => {
  it("formats percentages with one decimal", () => {
    expect([0.281, 0, 1, -0.0312, 0.000_04, -0.000_04, null, Number.NaN].map(formatPercent)).toEqual([
      "28.1%",
      "0.0%",
      "100.0%",
      "−3.1%",
      "0.0%",
      "0.0%",
      "–",
      "–",
    ]);
  });

  it("gives no share of an empty whole", () => {
    expect(computeShare(1n, 3n)).toBe(0.333_33);
    expect(computeShare(-1n, 4n)).toBe(-0.25);
    expect(computeShare(1n, -4n)).toBe(-0.25);
    expect(computeShare(5n, 0n)).toBeNull();
  });

  it("say new instead of a percentage of nothing", () => {
    expect(formatChange(112_300n, 100_000n)).toBe("+12.3%");
    expect(formatChange(90, 100)).toBe("−10.0%");
    expect(formatChange(-50, -100)).toBe("+50.0%");
    expect(formatChange(2_400, 100)).toBe("+2,300.0%");
    expect(formatChange(5, 0)).toBe("new");
    expect(formatChange(0, 0)).toBe("–");
    expect(formatChange(100, 100)).toBe("0.0%");
  });

  it("change in points", () => {
    expect(formatPoints(0.281, 0.269)).toBe("+1.2 pts");
    expect(formatPoints(0.1, 0.15)).toBe("−5.0 pts");
    expect(formatPoints(0.1, 0.1)).toBe("0.0 pts");
    expect(formatPoints(null, 0.1)).toBe("–");
  });
});

describe("time on screen", () => {
  it.each([
    [0, "0.0 ms"],
    [1.8, "1.8 ms"],
    [9.96, "10 ms"],
    [482, "482 ms"],
    [999.6, "1.0 s"],
    [1_240, "1.2 s"],
    [12_400, "12 s"],
    [59_600, "1 min"],
    [4 * minute, "4 min"],
    [59.6 * minute, "1 h"],
    [26 * 60 * minute, "1 d"],
    [-5, "0.0 ms"],
  ])("shows %s ms as %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it("formats how long ago an instant was", () => {
    const ago = (ms: number) => formatRelative(1_000_000_000_000 - ms, 1_000_000_000_000);

    expect(
      [0, 59_999, minute, 59 * minute, 60 * minute, 23 * 60 * minute, 6 * 1440 * minute, -3 * 60 * minute].map(ago),
    ).toEqual(["now", "now", "1 min", "59 min", "1 h", "23 h", "6 d", "3 h"]);
  });
});

describe("memory and disk", () => {
  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1 kB"],
    [1_048_576, "1.0 MB"],
    [268_435_456, "256 MB"],
  ])("write %d bytes as %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe("an exact time", () => {
  it("stands in the zone it is asked for and names it", () => {
    const atMs = Date.parse("2026-11-22T23:30:05Z");

    expect(formatInstant(atMs, "UTC")).toBe("22 Nov 2026, 23:30:05 UTC");
    expect(formatInstant(atMs, "Asia/Kathmandu")).toBe("23 Nov 2026, 05:15:05 GMT+5:45");
  });
});
