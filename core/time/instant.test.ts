import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addDays,
  addMonths,
  dayStartMs,
  daysBetween,
  isDay,
  isKnownZone,
  isoInZone,
  toDayKey,
  toLocalTime,
  zoneOffsetMs,
} from "./instant.ts";

const zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu"];
const hours = (ms: number) => ms / 3_600_000;
const at = (text: string) => Date.parse(text);

describe("days in a zone", () => {
  it.each([
    ["UTC", "2026-10-24T23:59:59.999Z", "2026-10-24"],
    ["Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25"],
    ["Europe/Berlin", "2026-10-24T21:59:59.999Z", "2026-10-24"],
    ["America/New_York", "2026-11-01T03:59:59Z", "2026-10-31"],
    ["America/New_York", "2026-11-01T04:00:00Z", "2026-11-01"],
    ["Asia/Kolkata", "2026-03-01T18:30:00Z", "2026-03-02"],
    ["Asia/Kathmandu", "2026-03-01T18:14:59Z", "2026-03-01"],
    ["Asia/Kathmandu", "2026-03-01T18:15:00Z", "2026-03-02"],
  ])("puts in %s the instant %s on %s", (zone, instant, day) => {
    expect(toDayKey(at(instant), zone)).toBe(day);
  });

  it.each([
    ["UTC", "2026-10-25", 24],
    ["Europe/Berlin", "2026-03-29", 23],
    ["Europe/Berlin", "2026-10-25", 25],
    ["America/New_York", "2026-03-08", 23],
    ["America/New_York", "2026-11-01", 25],
    ["Asia/Kolkata", "2026-03-29", 24],
    ["Asia/Kathmandu", "2026-10-25", 24],
  ])("counts in %s for %s %i hours", (zone, day, length) => {
    expect(hours(dayStartMs(addDays(day, 1), zone) - dayStartMs(day, zone))).toBe(length);
  });

  it("begins a day at the clock change where midnight is skipped", () => {
    // Cairo went from 00:00 to 01:00 on 2024-04-26; Apia had no 2011-12-30 at all.
    expect(dayStartMs("2024-04-26", "Africa/Cairo")).toBe(at("2024-04-25T22:00:00Z"));
    expect(dayStartMs("2011-12-30", "Pacific/Apia")).toBe(dayStartMs("2011-12-31", "Pacific/Apia"));
  });

  it("begins a day at the first of two midnights", () => {
    // Havana's clocks went from 01:00 back to 00:00 on 2026-11-01.
    expect(dayStartMs("2026-11-01", "America/Havana")).toBe(at("2026-11-01T04:00:00Z"));
  });

  it("starts every day at its own first millisecond, on a quarter-hour", () => {
    const day = fc.integer({ min: 0, max: 25_000 }).map((offset) => addDays("1990-01-01", offset % 18_000));
    fc.assert(
      fc.property(day, fc.constantFrom(...zones), (key, zone) => {
        const start = dayStartMs(key, zone);
        expect(toDayKey(start, zone)).toBe(key);
        expect(toDayKey(start - 1, zone)).toBe(addDays(key, -1));
        expect(start % 900_000).toBe(0);
      }),
    );
  });

  it("puts every instant between the start of its day and the start of the next", () => {
    const instant = fc.integer({ min: at("1990-01-01"), max: at("2040-01-01") });
    fc.assert(
      fc.property(instant, fc.constantFrom(...zones), (ms, zone) => {
        const day = toDayKey(ms, zone);
        expect(dayStartMs(day, zone)).toBeLessThanOrEqual(ms);
        expect(dayStartMs(addDays(day, 1), zone)).toBeGreaterThan(ms);
      }),
    );
  });
});

describe("clocks", () => {
  it("reads the same time as a clock in the zone", () => {
    expect(toLocalTime(at("2026-11-22T18:20:03Z"), "Asia/Kathmandu")).toEqual({
      year: 2026,
      month: 11,
      day: 23,
      hour: 0,
      minute: 5,
      second: 3,
      weekday: 0,
    });
  });

  it("knows the offset before and after a change, and before 1970", () => {
    expect(hours(zoneOffsetMs(at("2026-10-25T00:59:59.999Z"), "Europe/Berlin"))).toBe(2);
    expect(hours(zoneOffsetMs(at("2026-10-25T01:00:00Z"), "Europe/Berlin"))).toBe(1);
    expect(hours(zoneOffsetMs(at("1965-01-01T00:00:00.500Z"), "Asia/Kathmandu"))).toBe(5.5);
  });

  it("writes instants with the zone's offset, and UTC with Z", () => {
    expect(isoInZone(at("2026-10-25T00:30:00Z"), "Europe/Berlin")).toBe("2026-10-25T02:30:00+02:00");
    expect(isoInZone(at("2026-10-25T01:30:00Z"), "Europe/Berlin")).toBe("2026-10-25T02:30:00+01:00");
    expect(isoInZone(at("2026-10-25T01:30:00Z"), "America/New_York")).toBe("2026-10-24T21:30:00-04:00");
    expect(isoInZone(at("2026-10-25T01:30:00Z"), "UTC")).toBe("2026-10-25T01:30:00Z");
  });

  it("distinguishes known zones from unknown ones", () => {
    expect(zones.every(isKnownZone)).toBe(true);
    expect(isKnownZone("Mars/Olympus")).toBe(false);
  });
});

describe("the calendar", () => {
  it("knows which days exist", () => {
    expect(isDay("2028-02-29")).toBe(true);
    expect(["2026-02-29", "2026-13-01", "2026-1-1", "", "2026-10-01T00:00"].map(isDay)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  it("counts days and months", () => {
    expect(addDays("2026-02-28", 1)).toBe("2026-03-01");
    expect(daysBetween("2026-10-01", "2026-11-01")).toBe(31);
    expect(addMonths("2026-01-31", -1)).toBe("2025-12-01");
    expect(addMonths("2026-11-22", 2)).toBe("2027-01-01");
  });
});
