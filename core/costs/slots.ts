import { addDays, addMonths, dayStartMs, isoInZone, toLocalTime } from "#core/time/instant.ts";
import { dayLabel, type TimeRange } from "#core/time/range.ts";

export type SlotUnit = "hour" | "day" | "month";

/** One bar of a chart: a span of time with its names. */
export interface Slot {
  /** "2026-10-24", "2026-10", or the instant an hour begins, with its offset. */
  key: string;
  /** Axis label: "24 Oct", "14:00". */
  label: string;
  /** Full label: "Sat 24 Oct". */
  title: string;
}

const MS_PER_HOUR = 3_600_000;
const hoursUpToDays = 2;
const daysUpTo = 100;

/**
 * Chooses the slot length: hours for up to two days, days up to a quarter, else months. Never more bars than a screen
 * can separate.
 */
export function chooseSlotUnit(range: TimeRange): SlotUnit {
  if (range.days.length <= hoursUpToDays) return "hour";
  return range.days.length <= daysUpTo ? "day" : "month";
}

/** Lists the slots of a range, oldest first, without gaps. */
export function listSlots(range: TimeRange): Slot[] {
  const unit = chooseSlotUnit(range);
  if (unit === "hour") return hourSlots(range);
  const thisYear = range.today.slice(0, 4);
  if (unit === "day") return range.days.map((day) => daySlot(day, thisYear));
  const months = [...new Set(range.days.map((day) => day.slice(0, 7)))];
  return months.map((month) => ({ key: month, label: monthLabel(month, thisYear), title: monthLabel(month, "") }));
}

/** Lists the end of each slot of a range, in the order of its slots. The last one is the end of the range. */
export function slotEnds(range: TimeRange): number[] {
  const unit = chooseSlotUnit(range);
  if (unit === "hour") return hourStarts(range).map((start) => Math.min(start + MS_PER_HOUR, range.toMs));
  if (unit === "day") return range.days.map((day) => dayStartMs(addDays(day, 1), range.zone));
  const months = [...new Set(range.days.map((day) => day.slice(0, 7)))];
  return months.map((month) => Math.min(dayStartMs(addMonths(`${month}-01`, 1), range.zone), range.toMs));
}

/** Key of the slot that contains a day. */
export const slotKeyOfDay = (day: string, unit: SlotUnit): string => (unit === "month" ? day.slice(0, 7) : day);

/** Key of the hour that contains an instant; hours count from the day's first millisecond. */
export function slotKeyOfInstant(ms: number, range: TimeRange): string {
  const start = range.fromMs + Math.floor((ms - range.fromMs) / MS_PER_HOUR) * MS_PER_HOUR;
  return isoInZone(start, range.zone);
}

/**
 * Formats the days behind a slot of a range, as a range is written. An hour stands for its day, a month for its days
 * within the range.
 */
export function slotRangeText(key: string, { from, to }: { from: string; to: string }): string {
  if (key.length > "2026-10".length) return key.slice(0, "2026-10-24".length);
  const [start, end] = [`${key}-01`, addMonths(`${key}-01`, 1)];
  return `${start < from ? from : start}..${end > to ? to : end}`;
}

function hourSlots(range: TimeRange): Slot[] {
  const thisYear = range.today.slice(0, 4);
  return hourStarts(range).map((ms) => {
    const { hour, minute } = toLocalTime(ms, range.zone);
    const label = `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
    const key = isoInZone(ms, range.zone);
    return { key, label, title: `${weekdayLabel(key.slice(0, 10), thisYear)}, ${label}` };
  });
}

/** Lists whole hours from the first millisecond of the range. They thus fit zones at :30 and days of 23 or 25 hours. */
function hourStarts(range: TimeRange): number[] {
  const count = Math.ceil((range.toMs - range.fromMs) / MS_PER_HOUR);
  return Array.from({ length: count }, (_, index) => range.fromMs + index * MS_PER_HOUR);
}

const daySlot = (day: string, thisYear: string): Slot => ({
  key: day,
  label: dayLabel(day, day.slice(0, 4)),
  title: weekdayLabel(day, thisYear),
});

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** Formats "Sat 24 Oct", with the year unless it is this one. */
export const weekdayLabel = (day: string, thisYear: string): string =>
  `${weekdays[new Date(`${day}T00:00:00Z`).getUTCDay()]} ${dayLabel(day, thisYear)}`;

/** Monday of the week of a day. */
export function weekOfDay(day: string): string {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return addDays(day, weekday === 0 ? -6 : 1 - weekday);
}

/** Formats a week by its first and last day: "23 Nov – 29 Nov", with years outside this one. */
export function weekLabel(monday: string, thisYear: string): string {
  const sunday = addDays(monday, 6);
  const isOneYear = monday.slice(0, 4) === sunday.slice(0, 4);
  return `${dayLabel(monday, isOneYear ? monday.slice(0, 4) : "")} – ${dayLabel(sunday, isOneYear ? thisYear : "")}`;
}

/** Formats "Oct", or "Oct 2025" outside this year. */
export const monthLabel = (month: string, thisYear: string): string =>
  dayLabel(`${month}-01`, thisYear).replace(/^1 /, "");
