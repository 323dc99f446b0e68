const MINUTE_MS = 60_000;

/**
 * Result of taking from a bucket. A bucket is one instant: the moment it is full again. It holds one minute's
 * requests and refills evenly.
 */
interface Take {
  /** State of the bucket afterwards; unchanged when the take was refused. */
  fullAtMs: number;
  /** 0: the take succeeded. Else the time until the next one can. */
  waitMs: number;
}

/**
 * Takes one request out of a bucket of `perMinute`. An idle key may send a minute's worth at once, then one every
 * 60,000 / `perMinute` ms: over any span of n minutes never more than (n + 1) × `perMinute`. `nowMs` comes from a
 * monotonic clock.
 */
export function takeOne(fullAtMs: number, nowMs: number, perMinute: number): Take {
  const eachMs = MINUTE_MS / perMinute;
  const from = Math.max(fullAtMs, nowMs);
  const waitMs = from + eachMs - MINUTE_MS - nowMs;
  // Less than a billionth of a millisecond is rounding, not a wait.
  return waitMs > 1e-6 ? { fullAtMs, waitMs } : { fullAtMs: from + eachMs, waitMs: 0 };
}

/** Time until the bucket has a request to take; 0: now. Takes nothing. */
export const waitForOne = (fullAtMs: number, nowMs: number, perMinute: number): number =>
  takeOne(fullAtMs, nowMs, perMinute).waitMs;

/** Returns a taken request to the bucket, as if it had not been taken. */
export const giveOneBack = (fullAtMs: number, perMinute: number): number => fullAtMs - MINUTE_MS / perMinute;
