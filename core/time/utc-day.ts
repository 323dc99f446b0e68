import { BoundedCache } from "../memo.ts";
import { MS_PER_DAY } from "./instant.ts";

const days = new BoundedCache<number, string>();

/**
 * Formats the UTC day of an instant, "2026-10-03". Prices change at its midnight, and the archive files by it, in any
 * reporting zone.
 */
export function toUtcDay(ms: number): string {
  const number = Math.floor(ms / MS_PER_DAY);
  const known = days.get(number);
  if (known !== undefined) return known;
  const day = new Date(ms).toISOString().slice(0, 10);
  days.set(number, day);
  return day;
}

/** Returns the first instant of a UTC day, and of the one after it. */
export function utcDayBounds(day: string): { fromMs: number; toMs: number } {
  const fromMs = Date.parse(`${day}T00:00:00Z`);
  return { fromMs, toMs: fromMs + MS_PER_DAY };
}
