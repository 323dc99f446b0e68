import { type BitSet, makeBitSet, toggleBit } from "./bit-set.ts";

/** Interval from a number, inclusive, until another, exclusive. Intervals of one position must not overlap. */
export interface Interval {
  place: number;
  from: number;
  until: number;
}

/**
 * Index of the intervals that contain a number. Walking up to the number and toggling each interval's bit at its
 * start and its end gives the answer; snapshots of the bits at regular steps leave only the toggles since the last
 * one. That takes about as much memory as the intervals themselves.
 */
export class IntervalIndex {
  private readonly turnsAt: Float64Array;
  private readonly places: Uint32Array;
  private readonly kept: BitSet[] = [];
  private readonly spacing: number;

  constructor(intervals: readonly Interval[], size: number) {
    const turns = intervals.flatMap(({ place, from, until }) => {
      if (from >= until) return [];
      const begin = { at: from, place };
      return until === Number.POSITIVE_INFINITY ? [begin] : [begin, { at: until, place }];
    });
    turns.sort((a, b) => a.at - b.at);
    this.turnsAt = Float64Array.from(turns, ({ at }) => at);
    this.places = Uint32Array.from(turns, ({ place }) => place);
    const bits = makeBitSet(size);
    this.spacing = Math.max(64, bits.length);
    for (const [done, { place }] of turns.entries()) {
      if (done % this.spacing === 0) this.kept.push(bits.slice());
      toggleBit(bits, place);
    }
    this.kept.push(bits);
  }

  /** Toggles the bit of each interval that contains the number. */
  toggleHolding(bits: BitSet, value: number): void {
    const passed = this.turnsUpTo(value);
    const isLast = passed === this.places.length;
    const last = isLast ? this.kept.length - 1 : Math.floor(passed / this.spacing);
    const start = this.kept[last];
    if (start === undefined) return;
    for (let word = 0; word < bits.length; word++) bits[word] = (bits[word] ?? 0) ^ (start[word] ?? 0);
    if (isLast) return;
    for (let turn = last * this.spacing; turn < passed; turn++) toggleBit(bits, this.places[turn] ?? 0);
  }

  /** Number of toggles at or below the number. */
  private turnsUpTo(value: number): number {
    let low = 0;
    let high = this.turnsAt.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.turnsAt[middle] ?? 0) <= value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
