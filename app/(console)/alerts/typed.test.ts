import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatAmount, formatSpan, parseAmount, parseSpan } from "./typed.ts";

describe("a length of time", () => {
  it.each([
    ["30 s", 30],
    ["10 min", 600],
    ["10min", 600],
    ["1 h", 3_600],
    ["1.5 hours", 5_400],
    ["1 h 30 min", 5_400],
    ["2 d", 172_800],
    [" 2 Days ", 172_800],
    ["1 week", 604_800],
    ["0", 0],
    ["0 s", 0],
  ])("is read from %j", (typed, seconds) => {
    expect(parseSpan(typed)).toBe(seconds);
  });

  it.each(["", "10", "ten min", "10 fortnights", "-1 h", "1 h foo", "h", "1e9 h", `${"9".repeat(30)} d`])(
    "is not read from %j",
    (typed) => {
      expect(parseSpan(typed)).toBeNull();
    },
  );

  it("is written with the largest units that fit exactly, and read back unchanged", () => {
    expect([0, 30, 90, 3_600, 5_400, 86_400, 32 * 86_400].map(formatSpan)).toEqual([
      "0 s",
      "30 s",
      "1 min 30 s",
      "1 h",
      "1 h 30 min",
      "1 d",
      "32 d",
    ]);
    fc.assert(
      fc.property(fc.nat({ max: 90 * 86_400 }), (seconds) => {
        expect(parseSpan(formatSpan(seconds))).toBe(seconds);
      }),
    );
  });
});

describe("a number with its unit", () => {
  it("is written as it is said", () => {
    expect([
      formatAmount(75, "percent"),
      formatAmount(1.5, "times"),
      formatAmount(1, "requests"),
      formatAmount(12_000, "look-ups"),
      formatAmount(2, "weeks"),
      formatAmount(60, "seconds"),
      formatAmount(7, "days"),
    ]).toEqual(["75%", "1.5×", "1 request", "12,000 look-ups", "2 weeks", "1 min", "7 days"]);
  });

  it("is read with its unit, without it, and with commas", () => {
    expect(parseAmount("75 %", "percent")).toBe(75);
    expect(parseAmount("3x", "times")).toBe(3);
    expect(parseAmount("1,200 requests", "requests")).toBe(1_200);
    expect(parseAmount("200", "look-ups")).toBe(200);
    expect(parseAmount("1 min", "seconds")).toBe(60);
  });

  it("is not read with another unit, or from words", () => {
    expect(parseAmount("75 requests", "percent")).toBeNull();
    expect(parseAmount("many", "requests")).toBeNull();
    expect(parseAmount("", "times")).toBeNull();
    expect(parseAmount("-3", "times")).toBeNull();
    expect(parseAmount("60", "seconds")).toBeNull();
  });
});
