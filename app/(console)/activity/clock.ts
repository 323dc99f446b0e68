import { localTimeOf } from "#core/time/instant.ts";
import { dayLabel } from "#core/time/range.ts";

const two = (value: number) => String(value).padStart(2, "0");

/** "14:03:22", as a clock in the reporting zone shows it. */
export function clockTime(atMs: number, zone: string): string {
  const { hour, minute, second } = localTimeOf(atMs, zone);
  return `${two(hour)}:${two(minute)}:${two(second)}`;
}

/** "22 Nov", the day of the reporting zone. */
export function clockDay(atMs: number, zone: string): string {
  const { year, month, day } = localTimeOf(atMs, zone);
  return dayLabel(`${year}-${two(month)}-${two(day)}`, String(year));
}
