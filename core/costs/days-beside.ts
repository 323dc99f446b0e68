import { daysBetween } from "#core/time/instant.ts";

/**
 * Maps each day of the previous range to the day it is compared with. Work has a weekly rhythm, so a Monday is
 * compared with a Monday only: the nth Monday with the nth. Days without a partner are left out; they count in the
 * total alone.
 */
export function daysBeside(previous: readonly string[], days: readonly string[]): Map<string, string> {
  const waiting = new Map<number, string[]>();
  for (const day of days) waiting.set(toWeekday(day), [...(waiting.get(toWeekday(day)) ?? []), day]);
  const pairs = previous.flatMap((day): [string, string][] => {
    const partner = waiting.get(toWeekday(day))?.shift();
    return partner === undefined ? [] : [[day, partner]];
  });
  return new Map(pairs);
}

const someMonday = "2024-01-01";
const toWeekday = (day: string): number => ((daysBetween(someMonday, day) % 7) + 7) % 7;
