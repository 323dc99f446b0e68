import { LRUCache } from "lru-cache";
import type { ErrorCode } from "#core/errors.ts";

/**
 * Interval for one event of each caller and reason. That is often enough to be seen, and a runaway agent does not fill
 * the ledger.
 */
const EVERY_MS = 10_000;
const CALLERS_MAX = 10_000;

/** Chooses which refusals for reasons of limits leave an event. All of them are counted in the metrics. */
export class RefusalSampler {
  private readonly nextAtMs = new LRUCache<string, number>({ max: CALLERS_MAX });

  constructor(private readonly now: () => number) {}

  /** True for the first refusal of this caller for this reason, and then once in ten seconds. */
  isDue(caller: string, code: ErrorCode): boolean {
    const key = `${code} ${caller}`;
    const nowMs = this.now();
    const nextAtMs = this.nextAtMs.get(key);
    // A clock that was set back must not silence refusals for longer than the span itself.
    if (nextAtMs !== undefined && nowMs < nextAtMs && nowMs >= nextAtMs - EVERY_MS) return false;
    this.nextAtMs.set(key, nowMs + EVERY_MS);
    return true;
  }
}
