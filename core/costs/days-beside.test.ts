import { describe, expect, it } from "vitest";
import { parseRange, previousRange } from "#core/time/range.ts";
import { daysBeside } from "./days-beside.ts";

const weekday = (day: string) => new Date(`${day}T00:00:00Z`).getUTCDay();
const buildPairs = (text: string) => {
  const range = parseRange(text, "Europe/Berlin", Date.parse("2026-11-22T12:00:00Z"));
  const previous = previousRange(range);
  return { range, previous, pairs: [...daysBeside(previous.days, range.days)] };
};

describe("the day that a day is compared with", () => {
  it.each(["30d", "14d", "mtd", "last-month", "qtd", "2026-10-01..2026-10-11"])(
    "is of the same weekday for every day of %s, and no day is used twice",
    (text) => {
      const { pairs } = buildPairs(text);

      expect(pairs.length).toBeGreaterThan(0);
      for (const [before, day] of pairs) expect([before, weekday(before)]).toEqual([before, weekday(day)]);
      expect(new Set(pairs.map(([, day]) => day)).size).toBe(pairs.length);
    },
  );

  it("exists for every day of a range of whole weeks", () => {
    const { range, pairs } = buildPairs("14d");

    expect(pairs.map(([, day]) => day)).toEqual(range.days);
  });

  it("does not exist for a single day of another weekday", () => {
    expect(buildPairs("2026-11-20").pairs).toEqual([]);
  });
});
