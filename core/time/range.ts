import { AppError } from "#core/errors.ts";
import { addDays, addMonths, dayStartMs, daysBetween, isDay, toDayKey } from "./instant.ts";

/** Ranges a person can choose by name. */
export const rangePresets = ["today", "7d", "30d", "mtd", "last-month", "qtd"] as const;

/**
 * Maximum length of a range, three years with a leap day. More would make a page of daily points unreadable and a
 * report endless.
 */
const DAYS_MAX = 1096;

/** Whole days of one zone, half-open: an instant belongs when `fromMs <= instant < toMs`. */
export interface TimeRange {
  /** Text used in links: "30d", "2026-10-01..2026-11-01". */
  text: string;
  fromMs: number;
  toMs: number;
  /** Days of the range, oldest first; the last one may be today and incomplete. */
  days: string[];
  zone: string;
  /** "24 Oct – 22 Nov"; with years outside the current year. */
  label: string;
  /** Current day in the zone. */
  today: string;
}

/**
 * Parses a range: a preset, "14d", a day, or "from..to". "14d" is 14 days up to today. In "from..to" the second day is
 * not included; "from.." is up to today. Refuses anything else with `request.invalid`.
 */
export function parseRange(text: string, zone: string, nowMs: number): TimeRange {
  const today = toDayKey(nowMs, zone);
  const bounds = parseBounds(text, today);
  if (bounds === null) {
    const accepted = `${rangePresets.join(", ")}, a day, or two days as 2026-10-01..2026-11-01 (the second is not included)`;
    throw new AppError(
      "request.invalid",
      { range: text.slice(0, 60) },
      `This is not a range of days. Use ${accepted}.`,
    );
  }
  return buildRange(text, bounds.from, bounds.to, zone, today);
}

/** Whether `parseRange` accepts the text; of "from.." only whether it is written so. */
export function isRangeText(text: string): boolean {
  const from = text.endsWith("..") ? text.slice(0, -2) : "";
  return parseBounds(text, isDay(from) ? from : "2026-01-31") !== null;
}

/**
 * Computes the comparison range. It is the same days of the month or quarter before for "mtd", "qtd" and whole calendar
 * months. Otherwise it is the same number of days directly before it.
 */
export function previousRange(range: TimeRange): TimeRange {
  const from = range.days[0] ?? range.today;
  const end = addDays(range.days.at(-1) ?? range.today, 1);
  const [start, stop] = previousBounds(range.text, from, end);
  return buildRange(`${start}..${stop}`, start, stop, range.zone, range.today);
}

/** Whether a range is today alone: what it came to so far stands beside no whole day. */
export const isUnderWay = ({ days, today }: Pick<TimeRange, "days" | "today">): boolean =>
  days.length === 1 && days[0] === today;

/** "24 Oct": a day as people write it; the year is added unless it is this year. */
export function dayLabel(day: string, thisYear: string): string {
  const [year = "", month = "1", date = "1"] = day.split("-");
  const name = monthNames[Number(month) - 1] ?? month;
  return `${Number(date)} ${name}${year === thisYear ? "" : ` ${year}`}`;
}

const monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

interface Bounds {
  from: string;
  /** First day after the range. */
  to: string;
}

function parseBounds(text: string, today: string): Bounds | null {
  const tomorrow = addDays(today, 1);
  if (text === "today") return { from: today, to: tomorrow };
  if (text === "mtd") return { from: addMonths(today, 0), to: tomorrow };
  if (text === "last-month") return { from: addMonths(today, -1), to: addMonths(today, 0) };
  if (text === "qtd") return { from: quarterStart(today), to: tomorrow };
  const count = /^([1-9]\d{0,3})d$/.exec(text)?.[1];
  if (count !== undefined)
    return Number(count) > DAYS_MAX ? null : { from: addDays(tomorrow, -Number(count)), to: tomorrow };
  if (isDay(text)) return { from: text, to: addDays(text, 1) };
  const [from = "", end, ...rest] = text.split("..");
  const to = end === "" ? tomorrow : (end ?? "");
  if (rest.length > 0 || !isDay(from) || !isDay(to)) return null;
  const length = daysBetween(from, to);
  return length > 0 && length <= DAYS_MAX ? { from, to } : null;
}

const quarterStart = (day: string): string => addMonths(day, -((Number(day.slice(5, 7)) - 1) % 3));

function buildRange(text: string, from: string, to: string, zone: string, today: string): TimeRange {
  const days = Array.from({ length: daysBetween(from, to) }, (_, index) => addDays(from, index));
  const label = formatLabel(from, addDays(to, -1), today.slice(0, 4));
  return { text, fromMs: dayStartMs(from, zone), toMs: dayStartMs(to, zone), days, zone, label, today };
}

function formatLabel(first: string, last: string, thisYear: string): string {
  if (first === last) return dayLabel(first, thisYear);
  const isOneYear = first.slice(0, 4) === last.slice(0, 4);
  // Years of a range's label: "24 Dec 2025 – 22 Jan 2026". Once one end needs its year, both carry it. Inside one past
  // year the end alone does.
  const firstYear = isOneYear ? first.slice(0, 4) : "";
  const lastYear = isOneYear ? thisYear : "";
  return `${dayLabel(first, firstYear)} – ${dayLabel(last, lastYear)}`;
}

function previousBounds(text: string, from: string, end: string): [start: string, stop: string] {
  if (text === "mtd") return shifted(from, end, 1);
  if (text === "qtd") return shifted(from, end, 3);
  if (from.endsWith("-01") && end.endsWith("-01")) {
    return [addMonths(from, -monthsBetween(from, end)), from];
  }
  return [addDays(from, -daysBetween(from, end)), from];
}

/** Returns the same number of days from the start of an earlier month, never overlapping the range itself. */
function shifted(from: string, end: string, months: number): [start: string, stop: string] {
  const start = addMonths(from, -months);
  const stop = addDays(start, daysBetween(from, end));
  return [start, stop > from ? from : stop];
}

const monthsBetween = (from: string, to: string): number =>
  (Number(to.slice(0, 4)) - Number(from.slice(0, 4))) * 12 + Number(to.slice(5, 7)) - Number(from.slice(5, 7));
