import { MS_PER_DAY } from "./instant.ts";

/** Returns the UTC day of an instant, "2026-10-03". The archive files by these days, in any reporting zone. */
export const toUtcDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Returns the first instant of a UTC day, and of the one after it. */
export function utcDayBounds(day: string): { fromMs: number; toMs: number } {
  const fromMs = Date.parse(`${day}T00:00:00Z`);
  return { fromMs, toMs: fromMs + MS_PER_DAY };
}
