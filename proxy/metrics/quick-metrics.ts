import type { Metric, MetricObjectWithValues, MetricValueWithName, Registry } from "prom-client";

/** Samples kept for the quantiles; at a thousand requests a second the last four seconds. */
const SAMPLES = 4_096;
const SAMPLE_AGE_MS = 300_000;
const QUANTILES = [0.5, 0.9, 0.99];

/**
 * A summary in Prometheus' sense whose observation is two writes. The library's own updates a sorted digest at every
 * step, which costs a request more than all other metrics together; here the sorting happens on read.
 */
export class QuickSummary {
  private readonly values = new Float64Array(SAMPLES);
  private readonly ticks = new Float64Array(SAMPLES);
  private count = 0;
  private sum = 0;

  constructor(registry: Registry, name: string, help: string) {
    register(registry, name, help, "summary", () => this.read(name, performance.now()));
  }

  /** Records a sample. `tick` is a moment of the monotonic clock, in milliseconds. */
  observe(value: number, tick: number): void {
    const at = this.count % SAMPLES;
    this.values[at] = value;
    this.ticks[at] = tick;
    this.count += 1;
    this.sum += value;
  }

  private read(name: string, nowTick: number): MetricValueWithName<string>[] {
    const kept = this.values
      .subarray(0, Math.min(this.count, SAMPLES))
      .filter((_value, at) => nowTick - (this.ticks[at] ?? 0) <= SAMPLE_AGE_MS)
      .sort();
    // Without samples there is no quantile: zero, as the library writes it.
    const quantiles = QUANTILES.map((quantile) => ({
      labels: { quantile },
      value: kept[Math.min(kept.length - 1, Math.floor(quantile * kept.length))] ?? 0,
    }));
    return [
      ...quantiles,
      { metricName: `${name}_sum`, labels: {}, value: this.sum },
      { metricName: `${name}_count`, labels: {}, value: this.count },
    ];
  }
}

/** A histogram without labels whose observation is one step. */
export class QuickHistogram {
  private readonly bounds: readonly number[];
  private readonly counts: Float64Array;
  private sum = 0;

  constructor(registry: Registry, name: string, help: string, bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
    register(registry, name, help, "histogram", () => this.read(name));
  }

  observe(value: number): void {
    let at = 0;
    while (at < this.bounds.length && value > (this.bounds[at] as number)) at++;
    this.counts[at] = (this.counts[at] as number) + 1;
    this.sum += value;
  }

  private read(name: string): MetricValueWithName<string>[] {
    const values: MetricValueWithName<string>[] = [];
    let total = 0;
    for (const [at, count] of this.counts.entries()) {
      total += count;
      values.push({ metricName: `${name}_bucket`, labels: { le: this.bounds[at] ?? "+Inf" }, value: total });
    }
    values.push({ metricName: `${name}_sum`, labels: {}, value: this.sum });
    values.push({ metricName: `${name}_count`, labels: {}, value: total });
    return values;
  }
}

/** The registry asks a metric for its values only when it is read. */
function register(
  registry: Registry,
  name: string,
  help: string,
  type: "summary" | "histogram",
  read: () => MetricValueWithName<string>[],
): void {
  const get = async () =>
    ({ name, help, type, aggregator: "sum", values: read() }) as unknown as MetricObjectWithValues<
      MetricValueWithName<string>
    >;
  registry.registerMetric({ name, get, reset: () => {} } as unknown as Metric);
}
