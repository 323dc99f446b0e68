import { DAY_MS, HOUR_MS } from "./alert-kind.ts";

/** As many as an admin may ask for. */
export const SPEND_WEEKS_MAX = 8;

/** What has to be known before an instant to compare its hour with those of the weeks before. */
export const SPEND_WEEKS_MS = SPEND_WEEKS_MAX * 7 * DAY_MS + HOUR_MS;

/**
 * The same instant in the weeks before whose whole hour lies behind `firstMs`, the start of what is recorded, newest first; none where
 * nothing is. The one definition of what a spend anomaly is compared with, now and in a replay.
 */
export function spendWeeksBefore(atMs: number, firstMs: number | null): number[] {
  const weeks = Array.from({ length: SPEND_WEEKS_MAX }, (_, at) => atMs - (at + 1) * 7 * DAY_MS);
  return firstMs === null ? [] : weeks.filter((week) => week - HOUR_MS >= firstMs);
}

/** An hour whose cost is not known is no history: as zero it would make every hour with a price an anomaly. */
export const knownWeeks = (costs: readonly (bigint | null)[]): bigint[] => costs.filter((cost) => cost !== null);
