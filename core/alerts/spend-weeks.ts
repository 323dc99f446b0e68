import { DAY_MS, HOUR_MS } from "./alert-kind.ts";

/** As many as an admin may ask for. */
export const SPEND_WEEKS_MAX = 8;

/** What has to be known before an instant to compare its hour with those of the weeks before. */
export const SPEND_WEEKS_MS = SPEND_WEEKS_MAX * 7 * DAY_MS + HOUR_MS;

/**
 * Lists the same instant in the weeks before, newest first. The whole hour of each lies behind `firstMs`, the start of
 * what is recorded. None where nothing is. It is the one definition of what a spend anomaly is compared with, now and
 * in a replay.
 */
export function spendWeeksBefore(atMs: number, firstMs: number | null): number[] {
  const weeks = Array.from({ length: SPEND_WEEKS_MAX }, (_, at) => atMs - (at + 1) * 7 * DAY_MS);
  return firstMs === null ? [] : weeks.filter((week) => week - HOUR_MS >= firstMs);
}

/**
 * Drops hours whose cost is not known, which are no history. As zero such an hour would make every hour with a price an
 * anomaly.
 */
export const knownWeeks = (costs: readonly (bigint | null)[]): bigint[] => costs.filter((cost) => cost !== null);
