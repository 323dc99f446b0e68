import { performance } from "node:perf_hooks";
import type { KeyLimits } from "#core/access/key-limits.ts";
import { takeOne } from "#core/access/token-bucket.ts";
import { Spending } from "./spending.ts";

/**
 * A request may go in, and says when it is over and what it has cost (null: nothing that is known); or it comes too early, or
 * its key has nothing left to spend.
 */
export type Entry =
  | { kind: "in"; leave(costNanoUsd: number | null): void }
  | { kind: "too-fast" | "too-many" | "nearly-spent" | "spent"; retryAfterMs: number };

/**
 * Holds proxy keys to their rate and to their number of open requests. Asked only for keys that have such a limit. A gate
 * of this process answers at once; one that counts together with other processes may take a moment, and must answer.
 */
export interface KeyGate {
  enter(keyId: string, limits: KeyLimits): Entry | Promise<Entry>;
}

/** How soon a request that found all places taken, or the rest of a budget spoken for, may find one. */
const TOO_MANY_RETRY_MS = 1_000;
/** Keys come from the database, not from callers; those at rest are forgotten beyond this many. */
const KEYS_REMEMBERED_MAX = 1_000;

interface Count {
  fullAtMs: number;
  open: number;
}

/** Counts what goes through this process, by the monotonic clock. */
export class LocalKeyGate implements KeyGate {
  private readonly counts = new Map<string, Count>();

  constructor(
    private readonly now: () => number = () => performance.now(),
    private readonly spending = new Spending(),
    private readonly wallMs: () => number = Date.now,
  ) {}

  enter(keyId: string, limits: KeyLimits): Entry {
    const { requestsPerMinute } = limits;
    const waitMs = requestsPerMinute === null ? 0 : this.take(keyId, requestsPerMinute);
    return waitMs > 0 ? { kind: "too-fast", retryAfterMs: waitMs } : this.open(keyId, limits);
  }

  /** Takes one request out of the key's bucket; how long to wait when there is none. */
  take(keyId: string, perMinute: number): number {
    const count = this.countOf(keyId);
    const { fullAtMs, waitMs } = takeOne(count.fullAtMs, this.now(), perMinute);
    count.fullAtMs = fullAtMs;
    return waitMs;
  }

  /** Takes one of the key's places. Giving it back twice gives it back once. */
  open(keyId: string, { openRequestsMax, monthlyBudgetNanoUsd }: KeyLimits): Entry {
    if (openRequestsMax === null && monthlyBudgetNanoUsd === null) return NOTHING_TO_GIVE_BACK;
    const count = this.countOf(keyId);
    if (openRequestsMax !== null && count.open >= openRequestsMax)
      return { kind: "too-many", retryAfterMs: TOO_MANY_RETRY_MS };
    const refusal = monthlyBudgetNanoUsd === null ? null : this.overBudget(keyId, count.open, monthlyBudgetNanoUsd);
    if (refusal !== null) return refusal;
    count.open++;
    let isOver = false;
    const leave = (costNanoUsd: number | null) => {
      if (isOver) return;
      isOver = true;
      count.open--;
      if (monthlyBudgetNanoUsd !== null && costNanoUsd !== null) this.spending.note(keyId, costNanoUsd, this.wallMs());
    };
    return { kind: "in", leave };
  }

  /** Requests under way are taken to cost what the key's requests usually do: a budget holds also when many come at once. */
  private overBudget(keyId: string, open: number, budgetNanoUsd: number): Entry | null {
    const nowMs = this.wallMs();
    const spent = this.spending.spent(keyId, nowMs);
    if (spent >= budgetNanoUsd) return { kind: "spent", retryAfterMs: this.spending.leftMs(nowMs) };
    const reserved = open * this.spending.usualCost(keyId);
    return spent + reserved < budgetNanoUsd ? null : { kind: "nearly-spent", retryAfterMs: TOO_MANY_RETRY_MS };
  }

  private countOf(keyId: string): Count {
    let count = this.counts.get(keyId);
    if (count === undefined) {
      if (this.counts.size >= KEYS_REMEMBERED_MAX) this.forgetIdle();
      count = { fullAtMs: Number.NEGATIVE_INFINITY, open: 0 };
      this.counts.set(keyId, count);
    }
    return count;
  }

  /** A full bucket without open requests says no more than none at all. */
  private forgetIdle(): void {
    const now = this.now();
    for (const [keyId, count] of this.counts) if (count.open === 0 && count.fullAtMs <= now) this.counts.delete(keyId);
  }
}

const NOTHING_TO_GIVE_BACK: Entry = { kind: "in", leave: () => {} };

/** Buckets that instances have in common. `null`: no answer in time. The shared memory is one. */
export interface SharedBuckets {
  /** False: do not bother to ask. */
  readonly isUp: boolean;
  takeTokens(
    key: string,
    bucket: { capacity: number; refillPerSecond: number },
    tokens: number,
  ): Promise<{ isTaken: boolean; waitMs: number } | null>;
}

/**
 * Counts rates together with other instances, places in this process alone. While the shared counter is away or late, each
 * instance goes by its own bucket, which was kept up to date meanwhile.
 */
export class SharedKeyGate implements KeyGate {
  private readonly buckets: SharedBuckets;
  private readonly local: LocalKeyGate;

  constructor(buckets: SharedBuckets, local = new LocalKeyGate()) {
    this.buckets = buckets;
    this.local = local;
  }

  enter(keyId: string, limits: KeyLimits): Entry | Promise<Entry> {
    const { requestsPerMinute } = limits;
    if (requestsPerMinute === null || !this.buckets.isUp) return this.local.enter(keyId, limits);
    return this.enterTogether(keyId, requestsPerMinute, limits);
  }

  private async enterTogether(keyId: string, perMinute: number, limits: KeyLimits): Promise<Entry> {
    const ownWaitMs = this.local.take(keyId, perMinute);
    const bucket = { capacity: perMinute, refillPerSecond: perMinute / 60 };
    const taken = await this.buckets.takeTokens(`rate:${keyId}`, bucket, 1);
    const waitMs = taken === null ? ownWaitMs : taken.isTaken ? 0 : taken.waitMs;
    return waitMs > 0 ? { kind: "too-fast", retryAfterMs: waitMs } : this.local.open(keyId, limits);
  }
}
