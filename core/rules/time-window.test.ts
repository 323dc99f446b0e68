import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyCharacter } from "#tests/support/any-character.ts";
import { formatTimeWindow, isInWindow, NAMED_WINDOWS, parseTimeWindow, wallClock } from "./time-window.ts";

function readWindow(text: string, zone = "UTC") {
  const parsed = parseTimeWindow(text, zone);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}
const isOpen = (text: string, instant: string, zone = "UTC") => isInWindow(readWindow(text, zone), Date.parse(instant));

describe("named hours", () => {
  it.each([
    ["business_hours", "2026-11-23T09:00:00Z", true], // a Monday
    ["business_hours", "2026-11-23T08:59:59Z", false],
    ["business_hours", "2026-11-23T17:59:59Z", true],
    ["business_hours", "2026-11-23T18:00:00Z", false],
    ["business_hours", "2026-11-22T12:00:00Z", false], // a Sunday
    ["off_hours", "2026-11-23T08:59:59Z", true],
    ["off_hours", "2026-11-23T12:00:00Z", false],
    ["off_hours", "2026-11-22T12:00:00Z", true],
    ["weekends", "2026-11-21T00:00:00Z", true],
    ["weekends", "2026-11-23T00:00:00Z", false],
    ["weekdays", "2026-11-27T23:59:00Z", true],
    ["nights", "2026-11-23T22:00:00Z", true],
    ["nights", "2026-11-23T05:59:00Z", true],
    ["nights", "2026-11-23T06:00:00Z", false],
  ])("%s at %s: %s", (name, instant, expected) => {
    expect(isOpen(name, instant)).toBe(expected);
  });

  it("reads named hours in the reporting zone unless they name one", () => {
    expect(isOpen("business_hours", "2026-11-23T00:30:00Z", "Asia/Tokyo")).toBe(true);
    expect(isOpen("business_hours UTC", "2026-11-23T00:30:00Z", "Asia/Tokyo")).toBe(false);
  });

  it("off_hours and business_hours never hold together and never neither", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (nowMs) => {
        const zone = "America/New_York";
        expect(isInWindow(readWindow("off_hours", zone), nowMs)).toBe(
          !isInWindow(readWindow("business_hours", zone), nowMs),
        );
      }),
    );
  });
});

describe("written hours", () => {
  it.each([
    ["Mon-Fri 08:00-18:00 Europe/Berlin", "2026-11-23T07:00:00Z", true],
    ["Mon-Fri 08:00-18:00 Europe/Berlin", "2026-11-23T06:59:00Z", false],
    ["Mon-Fri 08:00-18:00 Europe/Berlin", "2026-07-06T06:00:00Z", true], // summer time: an hour earlier in UTC
    ["Mon,Wed 00:00-24:00", "2026-11-25T23:59:00Z", true],
    ["Mon,Wed 00:00-24:00", "2026-11-24T12:00:00Z", false],
    ["Sat-Mon 10:00-11:00", "2026-11-22T10:30:00Z", true],
    ["22:00-06:00", "2026-11-23T23:00:00Z", true],
    ["Fri 22:00-06:00", "2026-11-28T05:59:00Z", true], // Saturday morning belongs to Friday night
    ["Fri 22:00-06:00", "2026-11-27T05:59:00Z", false],
    ["Sat,Sun", "2026-11-22T12:00:00Z", true],
    ["monday 9:00-10:00", "2026-11-23T09:30:00Z", true],
    ["daily 09:00-10:00 Asia/Kathmandu", "2026-11-23T03:15:00Z", true], // UTC+5:45
  ])("%s at %s: %s", (text, instant, expected) => {
    expect(isOpen(text, instant)).toBe(expected);
  });

  it("follows the wall clock over both changes of summer time", () => {
    const night = readWindow("Sun 02:00-03:00 Europe/Berlin");
    const minutesOpen = (fromIso: string) =>
      Array.from({ length: 8 * 60 }, (_, i) => Date.parse(fromIso) + i * 60_000).filter((at) => isInWindow(night, at))
        .length;

    expect(minutesOpen("2026-03-28T22:00:00Z")).toBe(0); // that hour does not exist
    expect(minutesOpen("2026-10-24T22:00:00Z")).toBe(120); // that hour comes twice
    expect(minutesOpen("2026-11-21T22:00:00Z")).toBe(60);
  });

  it.each([
    "",
    "  ",
    "Mon-Fry 08:00-18:00",
    "Mon 25:00-26:00",
    "Mon 08:00-08:00",
    "08:60-09:00",
    "Mon 08:00-18:00 Mars/Base",
    "Mon 08:00-18:00 Europe/Berlin extra",
    "M-F 9:00-17:00",
    "busines_hours",
    "x".repeat(1_000),
    "business_hours 08:00-09:00",
  ])("%j is refused with a sentence", (text) => {
    const parsed = parseTimeWindow(text, "UTC");

    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.error).toMatch(/\.$/);
  });

  it("never throws, for any text", () => {
    fc.assert(fc.property(fc.string({ unit: anyCharacter }), (text) => void parseTimeWindow(text, "UTC")));
  });

  it("formats hours as they were written", () => {
    const texts = [...Object.keys(NAMED_WINDOWS), "Mon-Fri 08:00-18:00", "Sat,Sun 00:00-24:00", "daily 22:00-06:00"];

    expect(texts.map((text) => formatTimeWindow(readWindow(text), "UTC"))).toEqual(texts);
    expect(formatTimeWindow(readWindow("Mon 08:00-09:00 Europe/Berlin"), "UTC")).toBe("Mon 08:00-09:00 Europe/Berlin");
  });
});

describe("the wall clock", () => {
  it("shows the same wall clock for UTC as for a zone without an offset", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (nowMs) => {
        expect(wallClock("UTC", nowMs)).toEqual(wallClock("Etc/GMT", nowMs));
      }),
    );
  });
});
