// Long because the limiter of one process and the one that shares rates with others take the same steps.

import { performance } from "node:perf_hooks";
import { findBudget } from "#core/access/key-limits.ts";
import type { HeldBy, LimitHolder } from "#core/access/limit-holder.ts";
import { giveOneBack, takeOne, waitForOne } from "#core/access/token-bucket.ts";
import type { BillingMode } from "#core/activity/request-event.ts";
import type { TokenBucket } from "../shared-memory/shared-memory.ts";
import { ANY_MODEL, Reservations } from "./reservations.ts";
import { type Settled, Spending } from "./spending.ts";
import { UnknownCosts } from "./unknown-costs.ts";

/** An admitted request. It reports its cost as soon as that is settled, and it reports when it is over. */
export interface Pass {
  /**
   * Notes which model serves the request, and what its prompt costs when nothing of it is cached. Called as soon as
   * both are known. Until then the request counts for what the dearest costs. Null: no model serves it, and nothing is
   * paid for it.
   */
  served(model: string | null, promptNanoUsd: number): void;
  /**
   * Does the same as `served`, and asks again where the cost exceeds a request's minimum reservation. A burst of large
   * requests comes in before the size of any is known. `isOther`: another model serves the request now than the one it
   * went to before. That is asked about in any case, since the other model may usually cost many times as much. Null:
   * the request may go on. A refused request reserves nothing any more.
   */
  confirm(model: string, promptNanoUsd: number, isOther?: boolean): Refusal | null | Promise<Refusal | null>;
  /**
   * Not called where nothing was spent. Where that will never be known, because the caller left before the provider had said
   * anything, the estimate or what was reserved, whichever is more, stays reserved for an hour: or a short timeout would pass
   * every budget.
   */
  settled(settled: Settled | UnknownCost): void;
  /** Once more does nothing. */
  leave(): void;
}

/** Of a request of unknown cost: what its size says. 0: nothing. */
export interface UnknownCost {
  estimatedNanoUsd: number;
}

export interface Refusal {
  kind: "too-fast" | "too-many" | "nearly-spent" | "spent";
  retryAfterMs: number;
  /** Whose limit it is: its place among the holders that are counted. */
  at: number;
}

/** A request may go in; or it comes too early, or one of its holders has nothing left to spend. */
export type Entry = { kind: "in"; pass: Pass } | Refusal;

/**
 * Holds keys, persons, teams and projects to their limits. All holders of a request are asked together: it uses something of
 * each of them or of none. Asked only for requests with such a holder. A gate of this process answers at once; one that counts
 * together with other processes may take a moment, and must answer.
 */
export interface KeyLimiter {
  enter(held: HeldBy, mode: BillingMode): Entry | Promise<Entry>;
}

/** How soon a request that found all places taken, or the rest of a budget spoken for, may find one. */
const TOO_MANY_RETRY_MS = 1_000;
/**
 * Minimum cost that is reserved for a request under way; of a small budget, a twentieth. Without a minimum, cheap
 * requests would let any number of dear ones in.
 */
const LEAST_COST_NANO_USD = 50_000_000;
const LEAST_SHARE = 20;
/**
 * Divisor for a request's minimum reservation: while under way it counts for a quarter of its prompt's uncached cost. A
 * burst of such requests passes what is left fourfold at most. Cached as in Claude Code, the prompt costs a tenth to a
 * twentieth, and answers come on top.
 */
const UNCACHED_SHARE = 4;
/** Holders come from the database, not from callers; those at rest are forgotten beyond this many. */
const HOLDERS_REMEMBERED_MAX = 1_000;

/** What is counted of one holder. */
interface Count {
  fullAtMs: number;
  open: number;
  /**
   * Requests that are admitted and not settled yet, by billing mode. Only requests of a mode may use up the budget of
   * that mode.
   */
  unsettled: Record<BillingMode, Reservations>;
}

/** Counts what goes through this process, by the monotonic clock. */
export class LocalKeyLimiter implements KeyLimiter {
  private readonly counts = new Map<string, Count>();

  constructor(
    private readonly now: () => number = () => performance.now(),
    private readonly spending = new Spending(),
    private readonly wallMs: () => number = Date.now,
    private readonly unknown = new UnknownCosts(now),
  ) {}

  enter(held: HeldBy, mode: BillingMode): Entry {
    const refusal = longer(this.findWait(held), this.findRefusal(held, mode));
    if (refusal !== null) return refusal;
    this.takeTokens(held);
    return { kind: "in", pass: this.open(held, mode) };
  }

  /** The longest wait for a token of all holders; null when each has one. */
  findWait({ counted, counters }: HeldBy): Refusal | null {
    let found: Refusal | null = null;
    for (const [at, { limits }] of counted.entries()) {
      if (limits.requestsPerMinute === null) continue;
      const { fullAtMs } = this.ensureCount(counters[at]);
      const waitMs = waitForOne(fullAtMs, this.now(), limits.requestsPerMinute);
      if (waitMs > 0) found = longer(found, { kind: "too-fast", retryAfterMs: waitMs, at });
    }
    return found;
  }

  /** Takes one request out of the bucket of each holder that has a rate; each must have one. */
  takeTokens(held: HeldBy): void {
    this.changeTokens(held, (fullAtMs, perMinute) => takeOne(fullAtMs, this.now(), perMinute).fullAtMs);
  }

  /** For a request that did not go in after all. */
  giveTokensBack(held: HeldBy): void {
    this.changeTokens(held, giveOneBack);
  }

  /** Which holder has no place or nothing left to spend; null: none. */
  findRefusal({ counted, counters }: HeldBy, mode: BillingMode): Refusal | null {
    this.unknown.giveBackDue();
    let found: Refusal | null = null;
    for (const [at, { limits }] of counted.entries()) {
      const { openRequestsMax } = limits;
      if (openRequestsMax !== null && this.ensureCount(counters[at]).open >= openRequestsMax)
        found = longer(found, { kind: "too-many", retryAfterMs: TOO_MANY_RETRY_MS, at });
      const budget = findBudget(limits, mode);
      if (budget !== null) found = longer(found, this.overBudget(counters[at], at, budget, mode));
    }
    return found;
  }

  /**
   * Takes a place of every holder, and reserves what such a request usually costs. Long because all that a pass does is about
   * the same few variables.
   */
  open(held: HeldBy, mode: BillingMode): Pass {
    const isKept = held.budgeted[mode].length > 0 || held.counted.some(hasSlots);
    if (!isKept) return NOTHING_TO_GIVE_BACK;
    const counts: Count[] = [];
    for (const counter of held.counters) {
      const count = this.ensureCount(counter);
      // At once: finding the count of the next one may forget what is idle.
      count.open++;
      counts.push(count);
    }
    let model: string | null = ANY_MODEL;
    let leastNanoUsd = 0;
    const reserve = (change: 1 | -1) => {
      if (model !== null) for (const count of counts) count.unsettled[mode].change(model, change, leastNanoUsd);
    };
    reserve(1);
    let isSettled = false;
    let isOver = false;
    const settle = (settled?: Settled | UnknownCost) => {
      if (isSettled) return;
      isSettled = true;
      reserve(-1);
      if (settled === undefined) return;
      if (!("estimatedNanoUsd" in settled)) this.spending.note(held.budgeted[mode], mode, settled);
      else if (model !== null) this.keepUnknown(held, mode, { counts, model, nanoUsd: settled.estimatedNanoUsd });
    };
    const served = (by: string | null, promptNanoUsd: number) => {
      if (isSettled) return;
      reserve(-1);
      model = by;
      leastNanoUsd = shareOfPrompt(promptNanoUsd);
      reserve(1);
    };
    return {
      served,
      confirm: (by, promptNanoUsd, isOther = false) => {
        served(by, promptNanoUsd);
        if (isSettled || !(isOther || countsForMore(held, mode, leastNanoUsd))) return null;
        // Beside the others, as when it came.
        reserve(-1);
        const refusal = this.findOverBudget(held, mode);
        if (refusal === null) reserve(1);
        else isSettled = true;
        return refusal;
      },
      settled: settle,
      leave: () => {
        settle();
        if (isOver) return;
        isOver = true;
        for (const count of counts) count.open--;
      },
    };
  }

  private findOverBudget({ counted, counters }: HeldBy, mode: BillingMode): Refusal | null {
    this.unknown.giveBackDue();
    let found: Refusal | null = null;
    for (const [at, { limits }] of counted.entries()) {
      const budget = findBudget(limits, mode);
      if (budget !== null) found = longer(found, this.overBudget(counters[at], at, budget, mode));
    }
    return found;
  }

  private keepUnknown({ counted, counters }: HeldBy, mode: BillingMode, lost: Lost): void {
    for (const [at, { limits }] of counted.entries()) {
      const usual = this.spending.usualCost(counters[at] ?? "", mode, lost.model);
      const nanoUsd = Math.ceil(Math.max(usual, leastCost(findBudget(limits, mode)), lost.nanoUsd));
      const count = lost.counts[at];
      if (count !== undefined) this.unknown.keep(count.unsettled[mode], nanoUsd);
    }
  }

  /**
   * Refuses a request when the spending and the reserved cost of requests under way reach the budget. Each request
   * under way is taken to cost what the holder's requests of that model usually cost. So a budget holds also when many
   * requests come at once.
   */
  private overBudget(counter: string | undefined, at: number, budget: number, mode: BillingMode): Refusal | null {
    if (counter === undefined) return null;
    const nowMs = this.wallMs();
    const spent = this.spending.spent(counter, mode, nowMs);
    if (spent >= budget) return { kind: "spent", retryAfterMs: this.spending.leftMs(nowMs), at };
    const unsettled = this.ensureCount(counter).unsettled[mode];
    if (unsettled.isEmpty) return null;
    const least = leastCost(budget);
    const reserved = unsettled.sum((model) => Math.max(this.spending.usualCost(counter, mode, model), least));
    return spent + reserved < budget ? null : { kind: "nearly-spent", retryAfterMs: TOO_MANY_RETRY_MS, at };
  }

  private changeTokens({ counted, counters }: HeldBy, change: (fullAtMs: number, perMinute: number) => number): void {
    for (const [at, { limits }] of counted.entries()) {
      if (limits.requestsPerMinute === null) continue;
      const count = this.ensureCount(counters[at]);
      count.fullAtMs = change(count.fullAtMs, limits.requestsPerMinute);
    }
  }

  private ensureCount(counter = ""): Count {
    let count = this.counts.get(counter);
    if (count === undefined) {
      if (this.counts.size >= HOLDERS_REMEMBERED_MAX) this.forgetIdle();
      count = { fullAtMs: Number.NEGATIVE_INFINITY, open: 0, unsettled: newReservations() };
      this.counts.set(counter, count);
    }
    return count;
  }

  /** A full bucket without open requests says no more than none at all. */
  private forgetIdle(): void {
    const now = this.now();
    for (const [counter, count] of this.counts)
      if (
        count.open === 0 &&
        count.unsettled.metered.isEmpty &&
        count.unsettled.subscription.isEmpty &&
        count.fullAtMs <= now
      )
        this.counts.delete(counter);
  }
}

/** What is kept of a request of unknown cost: the count of each holder, and at least so much. */
interface Lost {
  counts: readonly Count[];
  model: string;
  nanoUsd: number;
}

/** Null: no budget. */
const leastCost = (budget: number | null): number =>
  Math.min(LEAST_COST_NANO_USD, (budget ?? Number.POSITIVE_INFINITY) / LEAST_SHARE);
const shareOfPrompt = (promptNanoUsd: number): number => Math.ceil(promptNanoUsd / UNCACHED_SHARE);

/** Whether a request of this size counts for more of a budget than any does at least. */
function countsForMore({ counted }: HeldBy, mode: BillingMode, leastNanoUsd: number): boolean {
  return counted.some(({ limits }) => {
    const budget = findBudget(limits, mode);
    return budget !== null && leastNanoUsd > leastCost(budget);
  });
}

/** Whether a prompt that costs so much is worth asking `confirm` for. */
export const isWorthAsking = (held: HeldBy, mode: BillingMode, promptNanoUsd: number): boolean =>
  countsForMore(held, mode, shareOfPrompt(promptNanoUsd));

const hasSlots = ({ limits }: LimitHolder) => limits.openRequestsMax !== null;
const newReservations = () => ({ metered: new Reservations(), subscription: new Reservations() });
const NOTHING_TO_GIVE_BACK: Pass = { served: () => {}, confirm: () => null, settled: () => {}, leave: () => {} };

/** Picks the one that keeps the caller out longer; of two alike, that of the narrower holder. */
function longer(one: Refusal | null, other: Refusal | null): Refusal | null {
  if (one === null || other === null) return one ?? other;
  return other.retryAfterMs > one.retryAfterMs ? other : one;
}

/** Buckets that instances have in common. The shared memory is one. */
export interface SharedBuckets {
  /** False: do not bother to ask. */
  readonly isUp: boolean;
  /** Takes a token of each or of none: how long to wait for each, 0 where there was one. `null`: no answer in time. */
  takeTokens(buckets: readonly TokenBucket[]): Promise<readonly number[] | null>;
}

/**
 * Counts rates together with other instances, places in this process alone. An instance never admits more than its own
 * buckets hold: while the shared counter is away, late or emptied (a flush, a failover to an empty replica), they alone
 * bound the rate. They refuse nothing that the shared ones would admit: of what is taken here, all is taken there, and
 * both refill alike.
 */
export class SharedKeyLimiter implements KeyLimiter {
  private readonly buckets: SharedBuckets;
  private readonly local: LocalKeyLimiter;

  constructor(buckets: SharedBuckets, local = new LocalKeyLimiter()) {
    this.buckets = buckets;
    this.local = local;
  }

  enter(held: HeldBy, mode: BillingMode): Entry | Promise<Entry> {
    if (!this.buckets.isUp || !held.counted.some(hasRate)) return this.local.enter(held, mode);
    const refusal = longer(this.local.findWait(held), this.local.findRefusal(held, mode));
    return refusal ?? this.enterTogether(held, mode);
  }

  /**
   * Takes places and this process's tokens before the shared buckets are asked. None is then given twice meanwhile. A
   * refused request gives all of them back.
   */
  private async enterTogether(held: HeldBy, mode: BillingMode): Promise<Entry> {
    const pass = this.local.open(held, mode);
    this.local.takeTokens(held);
    const taken = await this.buckets.takeTokens(toBuckets(held));
    const refusal = taken === null ? null : findSharedWait(held, taken);
    if (refusal === null) return { kind: "in", pass };
    pass.leave();
    this.local.giveTokensBack(held);
    return refusal;
  }
}

const hasRate = ({ limits }: LimitHolder): boolean => limits.requestsPerMinute !== null;

function toBuckets({ counted }: HeldBy): TokenBucket[] {
  return counted.filter(hasRate).map(({ kind, id, limits }) => {
    const capacity = limits.requestsPerMinute ?? 0;
    // Names of teams and projects hold what keys of the shared memory may not.
    return { key: `rate:${kind}:${Buffer.from(id).toString("base64url")}`, capacity, refillPerSecond: capacity / 60 };
  });
}

function findSharedWait({ counted }: HeldBy, waits: readonly number[]): Refusal | null {
  let found: Refusal | null = null;
  let bucket = 0;
  for (const [at, holder] of counted.entries()) {
    const waitMs = hasRate(holder) ? (waits[bucket++] ?? 0) : 0;
    if (waitMs > 0) found = longer(found, { kind: "too-fast", retryAfterMs: waitMs, at });
  }
  return found;
}
