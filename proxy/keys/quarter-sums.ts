/** Every period of every reporting zone begins at a quarter-hour, as the rollups' rows do. */
const QUARTER_MS = 900_000;

/** Amounts by counter and quarter-hour: what a counter has in any period is then a few additions. */
export class QuarterSums {
  private readonly byCounter = new Map<string, Map<number, number>>();

  /** Adds the amount to each of the counters; a negative one takes it away again. */
  add(counters: readonly string[], atMs: number, amount: number): void {
    const quarter = atMs - (atMs % QUARTER_MS);
    for (const counter of counters) this.addOne(counter, quarter, amount);
  }

  /** Takes away what another one holds. */
  subtract(other: QuarterSums): void {
    for (const [counter, quarters] of other.byCounter)
      for (const [quarter, amount] of quarters) this.addOne(counter, quarter, -amount);
  }

  /** What the counter has from one quarter-hour on, up to another. */
  sum(counter: string, fromMs: number, toMs: number): number {
    const quarters = this.byCounter.get(counter);
    if (quarters === undefined) return 0;
    let sum = 0;
    for (const [quarter, amount] of quarters) if (quarter >= fromMs && quarter < toMs) sum += amount;
    return sum;
  }

  private addOne(counter: string, quarter: number, amount: number): void {
    const quarters = this.byCounter.get(counter) ?? new Map<number, number>();
    const sum = (quarters.get(quarter) ?? 0) + amount;
    if (sum === 0) quarters.delete(quarter);
    else quarters.set(quarter, sum);
    if (quarters.size === 0) this.byCounter.delete(counter);
    else this.byCounter.set(counter, quarters);
  }
}
