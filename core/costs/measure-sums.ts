import type { RequestEvent } from "#core/activity/request-event.ts";
import { emptyMeasures, eventMeasures, type RollupMeasures, summedMeasures } from "./rollup.ts";

/** A thousand numbers below this sum to less than 2^53. */
const EXACT_BELOW = 2 ** 43;
const EXACT_DIGITS = 12;
const EXACT_COUNT = 1000;

const readers = summedMeasures.map((name) => eventMeasures[name]);

/**
 * Sums events exactly: the same result as `rollupMeasures` at a tenth of its price. Small amounts are added as
 * numbers while they surely fit, and large ones as bigints.
 */
export class MeasureSums {
  private readonly small = new Float64Array(summedMeasures.length);
  private smallCount = 0;
  private readonly whole = emptyMeasures();
  private lastAtMs = 0;

  add(event: RequestEvent): void {
    if (this.smallCount === EXACT_COUNT) this.settle();
    this.smallCount += 1;
    if (event.endedAtMs > this.lastAtMs) this.lastAtMs = event.endedAtMs;
    for (let at = 0; at < readers.length; at += 1) {
      const value = readers[at]?.(event) ?? 0;
      if (isSmall(value)) this.small[at] = (this.small[at] ?? 0) + Number(value);
      else this.addWhole(at, BigInt(value));
    }
  }

  measures(): RollupMeasures {
    this.settle();
    return { ...this.whole, lastAtMs: BigInt(this.lastAtMs) };
  }

  private settle(): void {
    this.small.forEach((value, at) => {
      if (value !== 0) this.addWhole(at, BigInt(value));
    });
    this.small.fill(0);
    this.smallCount = 0;
  }

  private addWhole(at: number, value: bigint): void {
    const name = summedMeasures[at];
    if (name !== undefined) this.whole[name] += value;
  }
}

const isSmall = (value: number | boolean | string): boolean =>
  typeof value === "string"
    ? value.length <= EXACT_DIGITS
    : typeof value === "boolean" || Math.abs(value) < EXACT_BELOW;
