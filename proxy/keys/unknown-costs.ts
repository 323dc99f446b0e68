import type { Reservations } from "./reservations.ts";

/** A request of unknown cost keeps its share this long, and up to a slot longer. */
const KEPT_MS = 300_000;
const SLOT_MS = 5_000;

/** What began to be kept in the same few seconds: how many of each holder and model. */
interface Slot {
  fromMs: number;
  kept: Map<Reservations, Map<string, number>>;
}

/**
 * Shares of budgets of requests whose cost will never be known. They are given back when a limiter looks, not by timers, and
 * counted by slots of time: a client that gives up a thousand requests a second takes no more memory than one that gives up one.
 */
export class UnknownCosts {
  /** Oldest first: one for each five seconds of the last five minutes. */
  private readonly slots: Slot[] = [];

  constructor(private readonly now: () => number) {}

  keep(reserved: Reservations, model: string): void {
    const now = this.now();
    let slot = this.slots.at(-1);
    if (slot === undefined || now - slot.fromMs >= SLOT_MS) {
      slot = { fromMs: now, kept: new Map() };
      this.slots.push(slot);
    }
    const byModel = slot.kept.get(reserved) ?? new Map<string, number>();
    slot.kept.set(reserved, byModel.set(model, (byModel.get(model) ?? 0) + 1));
  }

  giveBackDue(): void {
    if (this.slots.length === 0) return;
    const now = this.now();
    for (let slot = this.slots[0]; slot && now - slot.fromMs >= KEPT_MS + SLOT_MS; slot = this.slots[0]) {
      this.slots.shift();
      for (const [reserved, byModel] of slot.kept) for (const [model, count] of byModel) reserved.add(model, -count);
    }
  }
}
