/** A histogram whose observation is one step. Upper bounds are part of their bucket, as in OTLP. */
export class Histogram {
  readonly bounds: readonly number[];
  readonly counts: number[];
  sum = 0;
  count = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    const at = pickBucket(this.bounds, value);
    this.counts[at] = (this.counts[at] as number) + 1;
    this.sum += value;
    this.count++;
  }

  /** Adds what another one of the same bounds has counted. */
  add(other: Histogram): void {
    for (const [at, count] of other.counts.entries()) this.counts[at] = (this.counts[at] as number) + count;
    this.sum += other.sum;
    this.count += other.count;
  }
}

function pickBucket(bounds: readonly number[], value: number): number {
  let at = 0;
  while (at < bounds.length && value > (bounds[at] as number)) at++;
  return at;
}
