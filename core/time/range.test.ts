import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "#core/errors.ts";
import { addDays, toDayKey } from "./instant.ts";
import { isRangeText, parseRange, previousRange, rangePresets } from "./range.ts";

const zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu"];
const now = Date.parse("2026-11-22T14:00:00Z");
const ends = (text: string, zone = "UTC", nowMs = now) => {
  const range = parseRange(text, zone, nowMs);
  return [range.days[0], range.days.at(-1), range.days.length, range.label];
};

describe("ranges", () => {
  it.each([
    ["today", ["2026-11-22", "2026-11-22", 1, "22 Nov"]],
    ["7d", ["2026-11-16", "2026-11-22", 7, "16 Nov – 22 Nov"]],
    ["30d", ["2026-10-24", "2026-11-22", 30, "24 Oct – 22 Nov"]],
    ["mtd", ["2026-11-01", "2026-11-22", 22, "1 Nov – 22 Nov"]],
    ["last-month", ["2026-10-01", "2026-10-31", 31, "1 Oct – 31 Oct"]],
    ["qtd", ["2026-10-01", "2026-11-22", 53, "1 Oct – 22 Nov"]],
    ["2026-10-01..2026-11-01", ["2026-10-01", "2026-10-31", 31, "1 Oct – 31 Oct"]],
    ["2026-10-07", ["2026-10-07", "2026-10-07", 1, "7 Oct"]],
    ["2025-12-24..2026-01-23", ["2025-12-24", "2026-01-22", 30, "24 Dec 2025 – 22 Jan 2026"]],
    ["2025-10-01..2025-11-01", ["2025-10-01", "2025-10-31", 31, "1 Oct – 31 Oct 2025"]],
  ])("reads %s", (text, expected) => {
    expect(ends(text)).toEqual(expected);
  });

  it("takes today from the zone", () => {
    const lateEvening = Date.parse("2026-11-22T23:30:00Z");

    expect(ends("today", "Asia/Kolkata", lateEvening)[0]).toBe("2026-11-23");
    expect(ends("today", "America/New_York", lateEvening)[0]).toBe("2026-11-22");
  });

  it("covers one hour more where clocks go back inside the range, and one less where they go forward", () => {
    const hours = (text: string, zone: string) => {
      const range = parseRange(text, zone, now);
      return (range.toMs - range.fromMs) / 3_600_000;
    };

    expect(hours("2026-10-01..2026-11-01", "Europe/Berlin")).toBe(31 * 24 + 1);
    expect(hours("2026-03-01..2026-04-01", "Europe/Berlin")).toBe(31 * 24 - 1);
    expect(hours("2026-11-01..2026-12-01", "America/New_York")).toBe(30 * 24 + 1);
    expect(hours("2026-03-01..2026-04-01", "America/New_York")).toBe(31 * 24 - 1);
    expect(hours("2026-03-01..2026-04-01", "Asia/Kathmandu")).toBe(31 * 24);
  });

  it.each([
    "",
    "0d",
    "-3d",
    "9999d",
    "1e3d",
    "2026-11-01..2026-10-01",
    "2026-10-01..2026-10-01",
    "2026-02-30",
    "2020-01-01..2026-01-01",
    "a..b",
    "2026-10-01..2026-10-02..2026-10-03",
  ])("refuses %j", (text) => {
    expect(() => parseRange(text, "UTC", now)).toThrow(AppError);
    expect(isRangeText(text)).toBe(false);
  });

  it("holds exactly the instants of its days, half-open", () => {
    const instant = fc.integer({ min: Date.parse("2026-01-01"), max: Date.parse("2027-01-01") });
    fc.assert(
      fc.property(
        instant,
        instant,
        fc.constantFrom(...zones),
        fc.constantFrom(...rangePresets),
        (nowMs, ms, zone, preset) => {
          const range = parseRange(preset, zone, nowMs);

          expect(range.days.includes(toDayKey(ms, zone))).toBe(range.fromMs <= ms && ms < range.toMs);
        },
      ),
    );
  });

  it("says the same when its days are written out", () => {
    const instant = fc.integer({ min: Date.parse("2024-01-01"), max: Date.parse("2027-01-01") });
    fc.assert(
      fc.property(instant, fc.constantFrom(...zones), fc.constantFrom(...rangePresets), (nowMs, zone, preset) => {
        const range = parseRange(preset, zone, nowMs);
        const writtenOut = `${range.days[0]}..${addDays(range.days.at(-1) ?? "", 1)}`;

        expect(parseRange(writtenOut, zone, nowMs)).toEqual({ ...range, text: writtenOut });
      }),
    );
  });
});

describe("the range before", () => {
  const daysBefore = (text: string, nowMs = now) => {
    const range = previousRange(parseRange(text, "Europe/Berlin", nowMs));
    return [range.days[0], range.days.at(-1)];
  };

  it("compares with as many days directly before", () => {
    expect(daysBefore("30d")).toEqual(["2026-09-24", "2026-10-23"]);
    expect(daysBefore("today")).toEqual(["2026-11-21", "2026-11-21"]);
    expect(daysBefore("2026-10-05..2026-10-12")).toEqual(["2026-09-28", "2026-10-04"]);
  });

  it("compares a whole month with the calendar month before", () => {
    expect(daysBefore("last-month")).toEqual(["2026-09-01", "2026-09-30"]);
    expect(daysBefore("2026-07-01..2026-10-01")).toEqual(["2026-04-01", "2026-06-30"]);
  });

  it("compares a running month or quarter with the same days of the one before", () => {
    expect(daysBefore("mtd")).toEqual(["2026-10-01", "2026-10-22"]);
    expect(daysBefore("qtd")).toEqual(["2026-07-01", "2026-08-22"]);
    expect(daysBefore("mtd", Date.parse("2026-03-31T12:00:00Z"))).toEqual(["2026-02-01", "2026-02-28"]);
  });

  it("never overlaps the range", () => {
    const instant = fc.integer({ min: Date.parse("2024-01-01"), max: Date.parse("2027-01-01") });
    fc.assert(
      fc.property(instant, fc.constantFrom(...zones), fc.constantFrom(...rangePresets), (nowMs, zone, preset) => {
        const range = parseRange(preset, zone, nowMs);

        expect(previousRange(range).toMs).toBeLessThanOrEqual(range.fromMs);
        expect(previousRange(range).days.length).toBeGreaterThan(0);
      }),
    );
  });
});
