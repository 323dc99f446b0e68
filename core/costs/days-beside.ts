import { daysBetween } from "#core/time/instant.ts";

/**
 * Which day of a range each day of the range before stands beside. Work has a weekly rhythm, so a Monday stands beside a
 * Monday only: the nth Monday beside the nth. Days without a partner are left out; they count in the total alone.
 */
export function daysBeside(previous: readonly string[], days: readonly string[]): Map<string, string> {
  const waiting = new Map<number, string[]>();
  for (const day of days) waiting.set(weekdayOf(day), [...(waiting.get(weekdayOf(day)) ?? []), day]);
  const pairs = previous.flatMap((day): [string, string][] => {
    const partner = waiting.get(weekdayOf(day))?.shift();
    return partner === undefined ? [] : [[day, partner]];
  });
  return new Map(pairs);
}

const someMonday = "2024-01-01";
const weekdayOf = (day: string): number => ((daysBetween(someMonday, day) % 7) + 7) % 7;
