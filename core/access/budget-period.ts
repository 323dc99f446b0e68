import { addMonths, dayKeyOf, dayStartMs } from "../time/instant.ts";

/** How long a budget lasts. Days and weeks would be further members; nothing else knows what a month is. */
type BudgetPeriodKind = "month";

/** A half-open range of days of the reporting zone, and the same as instants. */
export interface BudgetPeriod {
  fromDay: string;
  toDay: string;
  fromMs: number;
  endsAtMs: number;
}

/** The period that holds this instant. */
export function findBudgetPeriod(_kind: BudgetPeriodKind, nowMs: number, zone: string): BudgetPeriod {
  const fromDay = `${dayKeyOf(nowMs, zone).slice(0, 7)}-01`;
  const toDay = addMonths(fromDay, 1);
  return { fromDay, toDay, fromMs: dayStartMs(fromDay, zone), endsAtMs: dayStartMs(toDay, zone) };
}
