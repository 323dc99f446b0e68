const MINUTE_MS = 60_000;

/** A bucket is one instant: when it would be full again. It holds a minute's worth of requests and fills evenly. */
interface Take {
  /** The bucket afterwards; unchanged when nothing was taken. */
  fullAtMs: number;
  /** 0: one was taken. Else how long until there is one to take. */
  waitMs: number;
}

/**
 * Takes one request out of a bucket of `perMinute`. A key that was quiet may send a minute's worth at once, then one
 * every 60,000 / `perMinute` ms: over any span of n minutes never more than (n + 1) × `perMinute`. `nowMs` is of a clock
 * that never jumps.
 */
export function takeOne(fullAtMs: number, nowMs: number, perMinute: number): Take {
  const eachMs = MINUTE_MS / perMinute;
  const from = Math.max(fullAtMs, nowMs);
  const waitMs = from + eachMs - MINUTE_MS - nowMs;
  // A billionth of a millisecond is rounding, not a wait.
  return waitMs > 1e-6 ? { fullAtMs, waitMs } : { fullAtMs: from + eachMs, waitMs: 0 };
}

/** How long until the bucket has one to take; 0: it has. Takes nothing. */
export const waitForOne = (fullAtMs: number, nowMs: number, perMinute: number): number =>
  takeOne(fullAtMs, nowMs, perMinute).waitMs;

/** The bucket with the request back in it that was taken, as if it had not been. */
export const giveOneBack = (fullAtMs: number, perMinute: number): number => fullAtMs - MINUTE_MS / perMinute;
