import { type BitSet, placeBits, togglePlace } from "./bit-set.ts";

/** From a number, inclusive, until another, exclusive. Intervals of one place must not overlap. */
export interface Interval {
  place: number;
  from: number;
  until: number;
}

/**
 * Which of many intervals hold a number. Whoever walks up to the number and turns each interval's bit over where it begins
 * and where it ends has the answer; as the bits are kept every so often on the way, only the turns since then are left to
 * do. That takes about as much memory as the intervals themselves.
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
    const bits = placeBits(size);
    this.spacing = Math.max(64, bits.length);
    for (const [done, { place }] of turns.entries()) {
      if (done % this.spacing === 0) this.kept.push(bits.slice());
      togglePlace(bits, place);
    }
    this.kept.push(bits);
  }

  /** Turns over the bit of each interval that holds the number. */
  toggleHolding(bits: BitSet, value: number): void {
    const passed = this.turnsUpTo(value);
    const isLast = passed === this.places.length;
    const last = isLast ? this.kept.length - 1 : Math.floor(passed / this.spacing);
    const start = this.kept[last];
    if (start === undefined) return;
    for (let word = 0; word < bits.length; word++) bits[word] = (bits[word] ?? 0) ^ (start[word] ?? 0);
    if (isLast) return;
    for (let turn = last * this.spacing; turn < passed; turn++) togglePlace(bits, this.places[turn] ?? 0);
  }

  /** How many turns lie at or below the number. */
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
