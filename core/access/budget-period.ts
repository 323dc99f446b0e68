import { addMonths, dayStartMs, toDayKey } from "../time/instant.ts";

/** Length of a budget's period. Days and weeks would be further members; no other module knows what a month is. */
type BudgetPeriodKind = "month";

/** Half-open range of days of the reporting zone, and the same range as instants. */
export interface BudgetPeriod {
  fromDay: string;
  toDay: string;
  fromMs: number;
  endsAtMs: number;
}

/** Returns the period that contains this instant. */
export function findBudgetPeriod(_kind: BudgetPeriodKind, nowMs: number, zone: string): BudgetPeriod {
  const fromDay = `${toDayKey(nowMs, zone).slice(0, 7)}-01`;
  const toDay = addMonths(fromDay, 1);
  return { fromDay, toDay, fromMs: dayStartMs(fromDay, zone), endsAtMs: dayStartMs(toDay, zone) };
}
