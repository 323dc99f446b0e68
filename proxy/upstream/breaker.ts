import { performance } from "node:perf_hooks";
import { AppError } from "#core/errors.ts";

interface BreakerOptions {
  /** Consecutive connection failures within `withinMs` that open the breaker. */
  failuresMax: number;
  withinMs: number;
  /** The time until one probe request is let through; all others are refused until the probe has a result. */
  probeEveryMs: number;
  now(): number;
  /** Called when the breaker opens and when it closes. */
  changed(isOpen: boolean): void;
}

export const BREAKER_DEFAULTS: BreakerOptions = {
  failuresMax: 5,
  withinMs: 10_000,
  probeEveryMs: 5_000,
  now: () => performance.now(),
  changed: () => {},
};

const REFUSED = "The model provider cannot be reached at the moment; CCO looks again every few seconds.";

/**
 * Circuit breaker that spares callers the wait for an unreachable provider. Only connections that were never made
 * count: a response of any status, however bad, proves that the provider is there. While open, requests are refused at
 * once with the time of the next probe; every `probeEveryMs` one request is let through as a probe.
 */
export class Breaker {
  private readonly options: BreakerOptions;
  /** Times of the latest failures in a row, oldest first. */
  private failures: number[] = [];
  /** Time of the next probe; null while the breaker is closed. */
  private nextProbeAt: number | null = null;
  private timesOpened = 0;

  constructor(options: BreakerOptions = BREAKER_DEFAULTS) {
    this.options = options;
  }

  get isOpen(): boolean {
    return this.nextProbeAt !== null;
  }

  get opened(): number {
    return this.timesOpened;
  }

  /** Throws `upstream.unreachable` while the breaker is open, unless a probe is due, which this request then makes. */
  guard(): void {
    if (this.nextProbeAt === null) return;
    const waitMs = this.nextProbeAt - this.options.now();
    if (waitMs > 0) {
      throw new AppError("upstream.unreachable", { retryAfterSeconds: Math.ceil(waitMs / 1000) }, REFUSED);
    }
    this.nextProbeAt += this.options.probeEveryMs - waitMs;
  }

  connected(): void {
    if (this.failures.length === 0 && this.nextProbeAt === null) return;
    const wasOpen = this.isOpen;
    this.failures = [];
    this.nextProbeAt = null;
    if (wasOpen) this.options.changed(false);
  }

  /** Records that a connection could not be made. */
  failed(): void {
    const { failuresMax, withinMs, probeEveryMs, now } = this.options;
    const at = now();
    if (this.nextProbeAt !== null) {
      this.nextProbeAt = at + probeEveryMs;
      return;
    }
    this.failures = [...this.failures.filter((failedAt) => failedAt > at - withinMs), at];
    if (this.failures.length < failuresMax) return;
    this.nextProbeAt = at + probeEveryMs;
    this.timesOpened++;
    this.options.changed(true);
  }
}
