import type { Counter } from "prom-client";

/**
 * Sums for one labelled counter, in a plain map. The library's own counters hash their labels at every step, which at a
 * thousand requests a second is noticed; so steps are added up here and handed over when somebody reads.
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
