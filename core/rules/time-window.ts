import type { Result } from "#core/result.ts";
import { err, ok } from "#core/result.ts";
import { isKnownZone, toLocalTime } from "#core/time/instant.ts";
import { BoundedCache } from "../memo.ts";

/**
 * Weekly span of wall-clock time in one zone. Half-open; `toMinute <= fromMinute` runs past midnight and belongs to
 * the day it began.
 */
export interface TimeWindow {
  /** Monday to Sunday, always seven. */
  days: readonly boolean[];
  /** Minutes after midnight, 0-1439. */
  fromMinute: number;
  /** Minutes after midnight, 1-1440, exclusive. */
  toMinute: number;
  /** IANA name. A named window without an explicit zone takes the reporting zone. */
  zone: string;
  /** One of the named windows below; `off_hours` means everything outside the days and minutes given here. */
  name: string | null;
}

const DAY_NAMES = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const SHORT_DAY_NAMES = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const WEEKDAYS = [true, true, true, true, true, false, false];
const WEEKEND = [false, false, false, false, false, true, true];
const EVERY_DAY = [true, true, true, true, true, true, true];

type WeeklySpan = Pick<TimeWindow, "days" | "fromMinute" | "toMinute">;

/** Named windows. `off_hours` holds the days and minutes of `business_hours` and means everything outside them. */
export const NAMED_WINDOWS: Readonly<Record<string, WeeklySpan>> = {
  business_hours: { days: WEEKDAYS, fromMinute: 9 * 60, toMinute: 18 * 60 },
  off_hours: { days: WEEKDAYS, fromMinute: 9 * 60, toMinute: 18 * 60 },
  weekdays: { days: WEEKDAYS, fromMinute: 0, toMinute: 24 * 60 },
  weekends: { days: WEEKEND, fromMinute: 0, toMinute: 24 * 60 },
  nights: { days: EVERY_DAY, fromMinute: 22 * 60, toMinute: 6 * 60 },
};

/**
 * Parses `business_hours`, `Mon-Fri 08:00-18:00 Europe/Berlin`, `Sat,Sun`, `22:00-06:00`: days, then hours, then a
 * zone, each of them optional. The defaults are every day, the whole day and `defaultZone`.
 */
export function parseTimeWindow(text: string, defaultZone: string): Result<TimeWindow, string> {
  const words = text.trim().split(/\s+/, 8);
  if (text.length > 200 || words[0] === "") return err("The hours are empty.");
  const name = Object.hasOwn(NAMED_WINDOWS, words[0]?.toLowerCase() ?? "") ? (words[0] ?? "").toLowerCase() : null;
  const named = name === null ? undefined : NAMED_WINDOWS[name];
  let at = named ? 1 : 0;

  let span: WeeklySpan = named ?? { days: EVERY_DAY, fromMinute: 0, toMinute: 24 * 60 };
  const days = named ? null : parseDays(words[at] ?? "");
  if (days) {
    span = { ...span, days };
    at++;
  }
  const hours = named ? null : parseHours(words[at] ?? "");
  if (typeof hours === "string") return err(hours);
  if (hours) {
    span = { ...span, ...hours };
    at++;
  }
  if (!named && at === 0) return err(notUnderstood(text));

  const zone = words[at] ?? defaultZone;
  if (words.length > at + 1 || !isKnownZone(zone)) return err(zoneProblem(words.slice(at).join(" ")));
  return ok({ ...span, zone, name });
}

/** Formats the window in the words of a file; the zone only when it is not the default. */
export function formatTimeWindow(window: TimeWindow, defaultZone: string | null = null): string {
  const zone = window.zone === defaultZone ? "" : ` ${window.zone}`;
  if (window.name !== null) return `${window.name}${zone}`;
  return `${formatDays(window.days)} ${formatMinute(window.fromMinute)}-${formatMinute(window.toMinute)}${zone}`;
}

/**
 * Whether the wall clock of the window's zone is inside it. Daylight saving needs no care: only the wall clock
 * counts.
 */
export function isInWindow(window: TimeWindow, nowMs: number): boolean {
  const inside = isInSpan(window, wallClock(window.zone, nowMs));
  return window.name === "off_hours" ? !inside : inside;
}

function isInSpan(span: WeeklySpan, clock: WallClock): boolean {
  const { days, fromMinute, toMinute } = span;
  const today = days[clock.day] === true;
  if (toMinute > fromMinute) return today && clock.minute >= fromMinute && clock.minute < toMinute;
  const yesterday = days[(clock.day + 6) % 7] === true;
  return (today && clock.minute >= fromMinute) || (yesterday && clock.minute < toMinute);
}

interface WallClock {
  /** 0 is Monday. */
  day: number;
  minute: number;
}

const MINUTES_PER_DAY = 1_440;
export const MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY;

/** Minutes since Monday began, by the wall clock of a zone. */
export function minuteOfWeek(zone: string, nowMs: number): number {
  const { day, minute } = wallClock(zone, nowMs);
  return day * MINUTES_PER_DAY + minute;
}

/** Splits a window into the intervals of a week it covers, in minutes since Monday began. They do not overlap. */
export function weeklyIntervals({ days, fromMinute, toMinute }: WeeklySpan): { from: number; until: number }[] {
  const length = toMinute > fromMinute ? toMinute - fromMinute : toMinute + MINUTES_PER_DAY - fromMinute;
  return days.flatMap((on, day) => {
    if (!on) return [];
    const from = day * MINUTES_PER_DAY + fromMinute;
    const until = from + length;
    if (until <= MINUTES_PER_WEEK) return [{ from, until }];
    return [
      { from, until: MINUTES_PER_WEEK },
      { from: 0, until: until - MINUTES_PER_WEEK },
    ];
  });
}

/** Formats the wall clock of a zone: "Mon 09:05". */
export function formatClock(zone: string, nowMs: number): string {
  const { day, minute } = wallClock(zone, nowMs);
  return `${SHORT_DAY_NAMES[day] ?? ""} ${formatMinute(minute)}`;
}

const MINUTE_MS = 60_000;
const lastClock = new BoundedCache<string, { minuteNumber: number; clock: WallClock }>({ entriesMax: 1_000 });

/**
 * Reads the wall clock of a zone. Every zone's offset is a whole number of minutes, so one reading per zone and
 * minute serves all rules.
 */
export function wallClock(zone: string, nowMs: number): WallClock {
  const minuteNumber = Math.floor(nowMs / MINUTE_MS);
  if (zone === "UTC") return { day: (Math.floor(minuteNumber / 1440) + 3) % 7, minute: minuteNumber % 1440 };
  const last = lastClock.get(zone);
  if (last?.minuteNumber === minuteNumber) return last.clock;
  const { weekday, hour, minute } = toLocalTime(nowMs, zone);
  const clock = { day: weekday, minute: hour * 60 + minute };
  lastClock.set(zone, { minuteNumber, clock });
  return clock;
}

function parseDays(word: string): boolean[] | null {
  const days = new Array<boolean>(7).fill(false);
  if (["daily", "every-day", "everyday"].includes(word.toLowerCase())) return days.fill(true);
  for (const part of word.split(",")) {
    const [first, last, more] = part.split(/[-–]/).map(dayIndex);
    if (first === undefined || first === -1 || last === -1 || more !== undefined) return null;
    for (let day = first; ; day = (day + 1) % 7) {
      days[day] = true;
      if (day === (last ?? first)) break;
    }
  }
  return days;
}

function dayIndex(word: string): number {
  const name = word.toLowerCase();
  return name.length < 3 ? -1 : DAY_NAMES.findIndex((day) => day === name || day.slice(0, 3) === name);
}

function parseHours(word: string): { fromMinute: number; toMinute: number } | string | null {
  const match = /^(\d{1,2}):(\d{2})[-–](\d{1,2}):(\d{2})$/.exec(word);
  if (!match) return null;
  const [h1 = 0, m1 = 0, h2 = 0, m2 = 0] = match.slice(1).map(Number);
  const fromMinute = h1 * 60 + m1;
  const toMinute = h2 * 60 + m2;
  if (m1 > 59 || m2 > 59 || fromMinute >= 1440 || toMinute > 1440)
    return `"${word}" is not a time span: write 08:00-18:00.`;
  if (fromMinute === toMinute) return `"${word}" has no length: for the whole day write 00:00-24:00.`;
  return { fromMinute, toMinute: toMinute === 0 ? 1440 : toMinute };
}

function notUnderstood(text: string): string {
  const names = Object.keys(NAMED_WINDOWS).join(", ");
  return `The hours "${text}" are not valid. Write "Mon-Fri 08:00-18:00 Europe/Berlin", or one of ${names}.`;
}

function zoneProblem(text: string): string {
  return `"${text}" is not a time zone. Hours are written as days, hours, zone: "Mon-Fri 08:00-18:00 Europe/Berlin".`;
}

function formatDays(days: readonly boolean[]): string {
  if (days.every(Boolean)) return "daily";
  const chosen = days.flatMap((on, day) => (on ? [day] : []));
  const [first = 0] = chosen;
  const last = chosen.at(-1) ?? 0;
  const isRun = last - first + 1 === chosen.length && chosen.length > 2;
  return isRun
    ? `${SHORT_DAY_NAMES[first]}-${SHORT_DAY_NAMES[last]}`
    : chosen.map((day) => SHORT_DAY_NAMES[day]).join(",");
}

const formatMinute = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
