import { listMonthCloses, type MonthClose } from "#store/month-closes.ts";
import type { ControlDeps } from "../deps.ts";

/** The close that a month is in; null while it is open. `closes`: newest first. */
export const findInForce = (closes: readonly MonthClose[]): MonthClose | null =>
  closes[0] !== undefined && closes[0].reopenedAt === null ? closes[0] : null;

/** Months that are closed, with the close of each, for tables whose rows are months. */
export async function closedMonths({ db }: ControlDeps): Promise<Map<string, MonthClose>> {
  const closed = new Map<string, MonthClose>();
  // Oldest first, so that the newest of a month decides.
  for (const close of (await listMonthCloses(db)).reverse()) {
    if (close.reopenedAt === null) closed.set(close.month, close);
    else closed.delete(close.month);
  }
  return closed;
}
