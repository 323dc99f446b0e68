// Short because a correction and what shows it must round to quarter-hours alike.

import type { TimeRange } from "#core/time/range.ts";
import { quartersOfDay } from "#store/rollup-writes.ts";

/** The quarter-hours of whole days, as the daily rollup has them. */
export function toSpan({ days, today, zone }: TimeRange): { fromS: number; toS: number } {
  const { fromS } = quartersOfDay(days[0] ?? today, zone);
  return { fromS, toS: quartersOfDay(days.at(-1) ?? today, zone).toS };
}
