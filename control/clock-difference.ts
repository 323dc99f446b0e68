import { formatDuration } from "#core/report/format.ts";

/** Least difference of two clocks that is said: more than a database takes to answer. */
const WORTH_SAYING_MS = 10_000;

/** Describes how far the clock of this machine is off the database's; null below ten seconds. */
export function describeClockDifference(ownMs: number, sharedMs: number): string | null {
  const aheadMs = ownMs - sharedMs;
  if (Math.abs(aheadMs) <= WORTH_SAYING_MS) return null;
  const side = aheadMs > 0 ? "ahead of" : "behind";
  return `the clock of this machine is ${formatDuration(Math.abs(aheadMs))} ${side} the database's`;
}
