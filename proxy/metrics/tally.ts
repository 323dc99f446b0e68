import type { Counter } from "prom-client";
import { toDollarNumber } from "#core/money/nano-usd.ts";

/**
 * Sums for one labelled counter, in a plain map. The library's own counters hash their labels at every step, which is
 * measurable at a thousand requests a second; so steps are added up here and handed over when the metrics are read.
 */
export class Tally {
  private readonly sums = new Map<string, number>();

  constructor(
    private readonly counter: Counter,
    private readonly label: string,
    private readonly fixed: Readonly<Record<string, string>> = {},
  ) {}

  add(value: string, step = 1): void {
    this.sums.set(value, (this.sums.get(value) ?? 0) + step);
  }

  handOver(): void {
    for (const [value, sum] of this.sums) this.counter.inc({ ...this.fixed, [this.label]: value }, sum);
    this.sums.clear();
  }
}

/** Counts by pairs of values, in a map of maps. A key made of both values would be put together at every step. */
export class PairTally {
  private readonly sums = new Map<string, Map<string, number>>();

  get isEmpty(): boolean {
    return this.sums.size === 0;
  }

  add(one: string, other: string): void {
    const sums = this.sums.get(one) ?? new Map<string, number>();
    if (sums.size === 0) this.sums.set(one, sums);
    sums.set(other, (sums.get(other) ?? 0) + 1);
  }

  /** Calls `take` for each pair and starts over. */
  handOver(take: (one: string, other: string, count: number) => void): void {
    for (const [one, sums] of this.sums) for (const [other, count] of sums) take(one, other, count);
    this.sums.clear();
  }
}

/**
 * Sums money by one label in whole nano-dollars. The sum is turned into dollars once, when it is read. Floating-point
 * dollars added one request at a time would drift from what the database has.
 */
export class MoneyTally {
  private readonly sums = new Map<string, bigint>();

  constructor(
    private readonly counter: Counter,
    private readonly label: string,
  ) {}

  add(value: string, nanoUsd: bigint): void {
    this.sums.set(value, (this.sums.get(value) ?? 0n) + nanoUsd);
  }

  handOver(): void {
    this.counter.reset();
    for (const [value, sum] of this.sums) this.counter.inc({ [this.label]: value }, toDollarNumber(sum));
  }
}
