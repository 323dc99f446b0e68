import { computeHitRate } from "#core/cache/hit-rate.ts";

const SLOT_MS = 10_000;
const SLOTS = 30;

interface Slot {
  number: number;
  hits: number;
  misses: number;
}

/** Hits per look-up over the last five minutes, in thirty slots: constant memory under any traffic. */
export class HitRate {
  private readonly slots: Slot[] = Array.from({ length: SLOTS }, () => ({ number: -1, hits: 0, misses: 0 }));

  note(result: "hit" | "miss", atMs: number): void {
    const number = Math.floor(atMs / SLOT_MS);
    const slot = this.slots[number % SLOTS];
    if (slot === undefined) return;
    if (slot.number !== number) Object.assign(slot, { number, hits: 0, misses: 0 });
    if (result === "hit") slot.hits += 1;
    else slot.misses += 1;
  }

  /** The rate; NaN without a look-up, so that an alert on a low rate stays silent in a quiet hour. */
  over5Minutes(nowMs: number): number {
    const { hits, all } = this.counts(nowMs);
    return computeHitRate({ hits, misses: all - hits }) ?? Number.NaN;
  }

  counts(nowMs: number): { hits: number; all: number } {
    const oldest = Math.floor(nowMs / SLOT_MS) - SLOTS;
    let hits = 0;
    let all = 0;
    for (const slot of this.slots) {
      if (slot.number <= oldest) continue;
      hits += slot.hits;
      all += slot.hits + slot.misses;
    }
    return { hits, all };
  }
}
