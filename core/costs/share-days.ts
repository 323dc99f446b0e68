import { addDays, daysBetween } from "#core/time/instant.ts";
import type { TimeRange } from "#core/time/range.ts";

/** Days whose shares may be compared: none of them is the day it is now. */
interface ComparedDays {
  now: string[];
  before: string[];
}

/**
 * Pairs whole days after a version went live with the same weekdays just before that day. The days are those of the
 * range after the one it went live on. Traffic differs by hour and weekday, so the day of the publish and today are
 * left out. A pair is also left out where `hasTraffic` denies a day of it.
 */
export function daysAroundPublish(
  publishedDay: string,
  { days, today }: Pick<TimeRange, "days" | "today">,
  hasTraffic: (day: string) => boolean,
): ComparedDays {
  const since = days.filter((day) => day > publishedDay && day < today);
  const last = since.at(-1) ?? publishedDay;
  const shift = -7 * Math.ceil((daysBetween(publishedDay, last) + 1) / 7);
  const pairs = since
    .map((day) => ({ day, partner: addDays(day, shift) }))
    .filter(({ day, partner }) => hasTraffic(day) && hasTraffic(partner));
  return { now: pairs.map(({ day }) => day), before: pairs.map(({ partner }) => partner) };
}

/** Whole days of the range beside those at the same place of the range before it. */
export function daysAgainstPrevious(
  { days, today }: Pick<TimeRange, "days" | "today">,
  previous: Pick<TimeRange, "days">,
): ComparedDays {
  const isOver = (_day: string, index: number) => (days[index] ?? "") < today;
  return { now: days.filter(isOver), before: previous.days.filter(isOver) };
}
