import { performance } from "node:perf_hooks";
import type { BillingMode } from "#core/activity/request-event.ts";
import { QuarterSums } from "./quarter-sums.ts";
import { UsualCosts } from "./usual-costs.ts";

/** What the database knows of the spending of one period, by all instances. */
export interface SpendingSums {
  /** The period, epoch ms, half-open: a month of the reporting zone. */
  fromMs: number;
  endsAtMs: number;
  /**
   * Age of the newest moment up to which the sums include everything that was on this machine's disk. Null: there is
   * more to come.
   */
  drainedAgoMs: number | null;
  /** Counter, dollars that were paid, plan value; nano-dollars. A counter that is missing has spent nothing. */
  byHolder: readonly (readonly [counter: string, costNanoUsd: number, planNanoUsd: number])[];
}

/** A request that is over, as the database will have it. */
export interface Settled {
  /** Of its event. */
  id: string;
  /** Which period it belongs to is decided by its start, as in the rollups. */
  startedAtMs: number;
  nanoUsd: number;
  /** That served it. Absent, as from a process of an earlier release: not known. */
  model?: string | null;
}

/** A settled request that the database does not have yet, of a process that is gone. */
export interface Unrecorded {
  counters: readonly string[];
  mode: BillingMode;
  settled: Settled;
}

/** Requests that are known one by one while the database does not have them: some hours of a hundred developers. */
const PENDING_MAX = 100_000;
/** How long an event is remembered that is named before its request is settled here. */
const EARLY_MS = 60_000;
const EARLY_MAX = 50_000;
/**
 * Time after its end within which a request is on the disk, or never will be. It never will be when its record was
 * refused, or found no room.
 */
const WRITTEN_WITHIN_MS = 60_000;

interface Pending {
  counters: readonly string[];
  mode: BillingMode;
  startedAtMs: number;
  nanoUsd: number;
  notedTick: number;
}

/**
 * What holders of a budget have spent, from the database and from requests settled here. The database says what all
 * instances have spent. Requests settled here count until its sums have them. Each request is in exactly one of the
 * two. The ledger names the events it has committed before it sends sums that hold them, and just these leave. Requests
 * never leave by time: two clocks that agree to a second count everything of that second twice or not at all.
 */
export class Spending {
  private latest: SpendingSums | null = null;
  private sums = new Map<string, Readonly<Record<BillingMode, number>>>();
  /** By event, oldest first. */
  private readonly pending = new Map<string, Pending>();
  /** Resumes where it stopped: a new iterator would step over every entry that was removed since the map grew. */
  private oldest = this.pending.entries();
  /** All of `pending` and of `folded`, added up. */
  private readonly waiting = { metered: new QuarterSums(), subscription: new QuarterSums() };
  /** What was too much to be known one by one. Leaves as a whole, once the sums have everything. */
  private folded = { metered: new QuarterSums(), subscription: new QuarterSums() };
  private foldedTick: number | null = null;
  /** Committed since the latest sums. */
  private committed: (readonly string[])[] = [];
  private committedCount = 0;
  /** Named before they were noted, and when. */
  private readonly early = new Map<string, number>();
  private readonly usual = { metered: new UsualCosts(), subscription: new UsualCosts() };

  constructor(
    private readonly tick: () => number = () => performance.now(),
    private readonly pendingMax = PENDING_MAX,
  ) {}

  /** These events are in the database; the next sums have them. */
  noteCommitted(ids: readonly string[]): void {
    this.committed.push(ids);
    this.committedCount += ids.length;
    // While sums cannot be read, though events are written. What is forgotten here leaves later, by `dropUntil`.
    while (this.committedCount > this.pendingMax) this.committedCount -= this.committed.shift()?.length ?? 0;
  }

  /** The database's sums take the place of those before, and of what is known here of the events they hold. */
  take(latest: SpendingSums): void {
    const tick = this.tick();
    const committed = this.committed;
    this.committed = [];
    this.committedCount = 0;
    const coveredTick = latest.drainedAgoMs === null ? null : tick - latest.drainedAgoMs - WRITTEN_WITHIN_MS;
    if (this.foldedTick !== null && (coveredTick === null || coveredTick < this.foldedTick)) {
      // These sums may hold a part of the folded requests, and which part is not known. The sums from before stay in
      // use, and nothing leaves.
      for (const ids of committed) for (const id of ids) this.fold(id);
      return;
    }
    this.latest = latest;
    this.sums = new Map(
      latest.byHolder.map(([counter, metered, subscription]) => [counter, { metered, subscription }]),
    );
    this.unfold();
    this.forgetEarly(tick);
    for (const ids of committed) for (const id of ids) if (!this.drop(id)) this.early.set(id, tick);
    if (coveredTick !== null) this.dropUntil(coveredTick);
  }

  /** A request of these counters is settled. */
  note(counters: readonly string[], mode: BillingMode, settled: Settled): void {
    const { id, startedAtMs, nanoUsd } = settled;
    // What was answered from the response cache says nothing of what the provider takes.
    if (nanoUsd > 0) for (const counter of counters) this.usual[mode].note(counter, settled.model ?? "", nanoUsd);
    if (this.early.delete(id) || this.pending.has(id)) return;
    this.pending.set(id, { counters, mode, startedAtMs, nanoUsd, notedTick: this.tick() });
    this.waiting[mode].add(counters, startedAtMs, nanoUsd);
    if (this.pending.size > this.pendingMax) this.foldOldest();
  }

  /** Nano-dollars in the period of `nowMs`. */
  spent(counter: string, mode: BillingMode, nowMs: number): number {
    const waiting = this.waiting[mode];
    if (this.latest === null) return waiting.sum(counter, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    const { fromMs, endsAtMs } = this.latest;
    // A new period begins by the clock, also before the database says so.
    if (nowMs >= endsAtMs) return waiting.sum(counter, endsAtMs, Number.POSITIVE_INFINITY);
    return (this.sums.get(counter)?.[mode] ?? 0) + waiting.sum(counter, fromMs, endsAtMs);
  }

  /** What a request of this model costs as a rule; what one under way is taken to cost. */
  usualCost(counter: string, mode: BillingMode, model: string): number {
    return this.usual[mode].find(counter, model);
  }

  /** When the period is over, in ms; an hour while that is not known. */
  leftMs(nowMs: number): number {
    const endsAtMs = this.latest?.endsAtMs ?? 0;
    return endsAtMs > nowMs ? endsAtMs - nowMs : 3_600_000;
  }

  /** How many requests are known one by one. */
  get pendingCount(): number {
    return this.pending.size;
  }

  /** False: it is not known here, or not yet. */
  private drop(id: string): boolean {
    const one = this.pending.get(id);
    if (one === undefined) return false;
    this.pending.delete(id);
    this.waiting[one.mode].add(one.counters, one.startedAtMs, -one.nanoUsd);
    return true;
  }

  private foldOldest(): void {
    let next = this.oldest.next();
    if (next.done) {
      // The map was empty, or read to its end, before these were added.
      this.oldest = this.pending.entries();
      next = this.oldest.next();
    }
    if (next.done) return;
    const [id, { notedTick }] = next.value;
    this.foldedTick = Math.max(this.foldedTick ?? 0, notedTick);
    this.fold(id);
  }

  private fold(id: string): void {
    const one = this.pending.get(id);
    if (one === undefined) return;
    this.pending.delete(id);
    this.folded[one.mode].add(one.counters, one.startedAtMs, one.nanoUsd);
  }

  private unfold(): void {
    if (this.foldedTick === null) return;
    for (const mode of ["metered", "subscription"] as const) this.waiting[mode].subtract(this.folded[mode]);
    this.folded = { metered: new QuarterSums(), subscription: new QuarterSums() };
    this.foldedTick = null;
  }

  /** Of everything that old the database has what it will ever have. */
  private dropUntil(tick: number): void {
    for (const [id, { notedTick }] of this.pending) {
      if (notedTick >= tick) return;
      this.drop(id);
    }
  }

  private forgetEarly(tick: number): void {
    for (const [id, namedTick] of this.early) {
      if (tick - namedTick < EARLY_MS && this.early.size <= EARLY_MAX) return;
      this.early.delete(id);
    }
  }
}
