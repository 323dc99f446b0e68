import { addDays, daysBetween } from "#core/time/instant.ts";
import type { TimeRange } from "#core/time/range.ts";

/** Days whose shares may be compared: none of them is the day it is now. */
interface ComparedDays {
  now: string[];
  before: string[];
}

/**
 * Whole days of the range after the one a version went live on, beside the same weekdays just before that day. Traffic differs by
 * hour and weekday, so the day of the publish and today are left out, and so is a day whose partner `hasTraffic` denies.
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
