/** What the database knows of the month's spending, of keys that have a budget. */
export interface SpendingTold {
  /** What was settled in this instance before this moment is in the sums. */
  drainedUpToMs: number;
  /** When the month ends in the reporting zone, epoch ms. */
  endsAtMs: number;
  /** Key id -> nano-dollars. */
  byKey: readonly (readonly [string, number])[];
}

/** What is not in the database yet is kept by the second: while it is away for hours that is little. */
const SLICE_MS = 1_000;
/** How much the latest request says of what one costs. */
const LATEST_SHARE = 0.3;

interface Slice {
  atMs: number;
  nanoUsd: number;
}

/**
 * What keys have spent in this month: what the database has of all instances, and what this one has settled since. Between
 * two words of the database a few requests may be counted twice, so that none is missing; the next word mends that.
 */
export class Spending {
  private told: SpendingTold | null = null;
  private sums = new Map<string, number>();
  private readonly recent = new Map<string, Slice[]>();
  private readonly usual = new Map<string, number>();

  hear(told: SpendingTold): void {
    this.told = told;
    this.sums = new Map(told.byKey);
    for (const [key, slices] of this.recent) {
      const left = slices.filter(({ atMs }) => atMs >= told.drainedUpToMs);
      if (left.length === 0) this.recent.delete(key);
      else this.recent.set(key, left);
    }
  }

  /** A request of the key is settled. */
  note(keyId: string, nanoUsd: number, nowMs: number): void {
    const before = this.usual.get(keyId);
    this.usual.set(keyId, before === undefined ? nanoUsd : before + (nanoUsd - before) * LATEST_SHARE);
    const slices = this.recent.get(keyId) ?? [];
    if (slices.length === 0) this.recent.set(keyId, slices);
    const last = slices.at(-1);
    // The later moment counts: what is in a slice leaves it when all of it is in the database.
    if (last !== undefined && nowMs - last.atMs < SLICE_MS) last.nanoUsd += nanoUsd;
    else slices.push({ atMs: nowMs + SLICE_MS, nanoUsd });
  }

  /** Nano-dollars in the month of `nowMs`. */
  spent(keyId: string, nowMs: number): number {
    const endsAtMs = this.told?.endsAtMs ?? Number.POSITIVE_INFINITY;
    const isNewMonth = nowMs >= endsAtMs;
    let sum = isNewMonth ? 0 : (this.sums.get(keyId) ?? 0);
    for (const { atMs, nanoUsd } of this.recent.get(keyId) ?? []) if (!isNewMonth || atMs >= endsAtMs) sum += nanoUsd;
    return sum;
  }

  /** What a request of the key costs as a rule, as far as this process has seen any; what one under way is taken to cost. */
  usualCost(keyId: string): number {
    return this.usual.get(keyId) ?? 0;
  }

  /** When the month is over, in ms; an hour when nobody has said. */
  leftMs(nowMs: number): number {
    const endsAtMs = this.told?.endsAtMs ?? 0;
    return endsAtMs > nowMs ? endsAtMs - nowMs : 3_600_000;
  }
}
