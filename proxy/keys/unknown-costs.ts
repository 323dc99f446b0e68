import type { Reservations } from "./reservations.ts";

/** A request of unknown cost keeps its share this long, and up to a slot longer. */
const KEPT_MS = 3_600_000;
const SLOT_MS = 60_000;

/** What began to be kept in the same minute: nano-dollars of each holder. */
interface Slot {
  fromMs: number;
  kept: Map<Reservations, number>;
}

/**
 * Shares of budgets of requests whose cost will never be known. They are given back when a limiter looks, not by timers, and
 * added up by slots of time: a client that gives up a thousand requests a second takes no more memory than one that gives up
 * one.
 */
export class UnknownCosts {
  /** Oldest first: one for each minute of the last hour. */
  private readonly slots: Slot[] = [];

  constructor(private readonly now: () => number) {}

  /** Whole nano-dollars: what is given back is then exactly what was kept. */
  keep(reserved: Reservations, nanoUsd: number): void {
    const now = this.now();
    let slot = this.slots.at(-1);
    if (slot === undefined || now - slot.fromMs >= SLOT_MS) {
      slot = { fromMs: now, kept: new Map() };
      this.slots.push(slot);
    }
    slot.kept.set(reserved, (slot.kept.get(reserved) ?? 0) + nanoUsd);
    reserved.keptNanoUsd += nanoUsd;
  }

  giveBackDue(): void {
    if (this.slots.length === 0) return;
    const now = this.now();
    for (let slot = this.slots[0]; slot && now - slot.fromMs >= KEPT_MS + SLOT_MS; slot = this.slots[0]) {
      this.slots.shift();
      for (const [reserved, nanoUsd] of slot.kept) reserved.keptNanoUsd -= nanoUsd;
    }
  }
}
