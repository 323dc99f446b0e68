import { BoundedCache } from "../memo.ts";
/**
 * Days in a time zone, by `Intl` only. A day is "YYYY-MM-DD" and always means a day of the zone it is passed with; an
 * instant is epoch milliseconds UTC. Safe over daylight-saving changes and in zones at :30 and :45.
 */
export const MS_PER_DAY = 86_400_000;
const MS_PER_MINUTE = 60_000;

interface LocalTime {
  year: number;
  /** 1-12 */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  /** Monday 0 to Sunday 6. */
  weekday: number;
}

/** Whether the platform knows a zone ("Europe/Berlin", "UTC"). */
export function isKnownZone(zone: string): boolean {
  try {
    ensureFormatter(zone);
    return true;
  } catch {
    return false;
  }
}

/** Reads the wall clock of a zone at an instant. */
export function toLocalTime(ms: number, zone: string): LocalTime {
  const shown = new Date(ms + zoneOffsetMs(ms, zone));
  return {
    year: shown.getUTCFullYear(),
    month: shown.getUTCMonth() + 1,
    day: shown.getUTCDate(),
    hour: shown.getUTCHours(),
    minute: shown.getUTCMinutes(),
    second: shown.getUTCSeconds(),
    weekday: (shown.getUTCDay() + 6) % 7,
  };
}

/** Returns the day of an instant in a zone. */
export function toDayKey(ms: number, zone: string): string {
  return new Date(ms + zoneOffsetMs(ms, zone)).toISOString().slice(0, 10);
}

/** Returns the first instant of a day. Where a clock change skips midnight, the day begins at the change. */
export function dayStartMs(day: string, zone: string): number {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const { exact } = findInstants(midnight, zone);
  return exact ?? findFirstInstant(day, zone, midnight);
}

/**
 * Returns the instant at which a zone's wall clock shows a day and minutes after midnight. It is the first of two where
 * clocks go back. A time that a clock change skips is as much later as the change.
 */
export function wallClockMs(day: string, minutes: number, zone: string): number {
  const { exact, later } = findInstants(Date.parse(`${day}T00:00:00Z`) + minutes * MS_PER_MINUTE, zone);
  return exact ?? later;
}

/**
 * Finds the first instant that a zone shows as `shownMs`, null where it shows it never. It also finds the later of the
 * two by the offsets around it.
 */
function findInstants(shownMs: number, zone: string): { exact: number | null; later: number } {
  const before = shownMs - zoneOffsetMs(shownMs - MS_PER_DAY, zone);
  const after = shownMs - zoneOffsetMs(shownMs + MS_PER_DAY, zone);
  const candidates = before < after ? [before, after] : [after, before];
  const exact = candidates.find((ms) => ms + zoneOffsetMs(ms, zone) === shownMs) ?? null;
  return { exact, later: Math.max(before, after) };
}

/** Returns the zone's offset from UTC at an instant, in milliseconds; positive east. */
export function zoneOffsetMs(ms: number, zone: string): number {
  if (zone === "UTC") return 0;
  const shown = { year: 0, month: 1, day: 1, hour: 0, minute: 0, second: 0 };
  for (const { type, value } of ensureFormatter(zone).formatToParts(ms)) {
    if (type in shown) shown[type as keyof typeof shown] = Number(value);
  }
  const asUtc = Date.UTC(shown.year, shown.month - 1, shown.day, shown.hour, shown.minute, shown.second);
  return asUtc - Math.floor(ms / 1000) * 1000;
}

/** Formats ISO 8601 with the zone's offset ("2026-10-25T02:30:00+01:00"), for exports made for a zone; UTC with "Z". */
export function isoInZone(ms: number, zone: string): string {
  if (zone === "UTC") return `${new Date(ms).toISOString().slice(0, 19)}Z`;
  const offsetMs = zoneOffsetMs(ms, zone);
  const minutes = Math.abs(Math.trunc(offsetMs / MS_PER_MINUTE));
  const pad = (value: number) => String(value).padStart(2, "0");
  const offset = `${offsetMs < 0 ? "-" : "+"}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
  return `${new Date(ms + offsetMs).toISOString().slice(0, 19)}${offset}`;
}

/** Whether a text is a day of the calendar ("2026-02-29" is not). */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

/** Adds `count` days (negative: earlier); calendar arithmetic, no zone involved. */
export function addDays(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * MS_PER_DAY).toISOString().slice(0, 10);
}

/** Returns the first day of the month `count` months later. */
export function addMonths(day: string, count: number): string {
  const [year = 0, month = 1] = day.split("-").map(Number);
  return new Date(Date.UTC(year, month - 1 + count, 1)).toISOString().slice(0, 10);
}

/** Counts days from the first day to the second, which is not included. */
export const daysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / MS_PER_DAY);

/** Finds the clock change that skipped midnight of the day, by binary search. */
function findFirstInstant(day: string, zone: string, midnight: number): number {
  let before = midnight - 2 * MS_PER_DAY;
  let reached = midnight + 2 * MS_PER_DAY;
  while (reached - before > 1000) {
    const middle = Math.floor((before + reached) / 2000) * 1000;
    if (toDayKey(middle, zone) >= day) reached = middle;
    else before = middle;
  }
  return reached;
}

/** Creating a formatter costs a hundred times its use. The zones are few, but their spellings are many. */
const formatters = new BoundedCache<string, Intl.DateTimeFormat>({ entriesMax: 1_000 });

function ensureFormatter(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known) return known;
  const formatter = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    calendar: "iso8601",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  formatters.set(zone, formatter);
  return formatter;
}
