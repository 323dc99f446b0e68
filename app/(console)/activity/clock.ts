import { toLocalTime } from "#core/time/instant.ts";
import { dayLabel } from "#core/time/range.ts";

const two = (value: number) => String(value).padStart(2, "0");

/** Formats "14:03:22" in the reporting zone. */
export function clockTime(atMs: number, zone: string): string {
  const { hour, minute, second } = toLocalTime(atMs, zone);
  return `${two(hour)}:${two(minute)}:${two(second)}`;
}

/** Formats "22 Nov", the day in the reporting zone. */
export function clockDay(atMs: number, zone: string): string {
  const { year, month, day } = toLocalTime(atMs, zone);
  return dayLabel(`${year}-${two(month)}-${two(day)}`, String(year));
}
