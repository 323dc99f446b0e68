import { type Aggregator, Counter, Gauge, type Registry } from "prom-client";

/**
 * Label values kept. Model and rule names come from requests and files: beyond this many, further ones are counted as
 * "other".
 */
const LABEL_VALUES_MAX = 100;

/** Adds metrics to a registry. `together`: how the values of several workers are combined. */
export class MetricMaker {
  private readonly labels = new Map<string, Set<string>>();

  constructor(private readonly registry: Registry) {}

  /** Adds a gauge whose value is read with the metrics. */
  gauge(name: string, help: string, read: () => number, together: Aggregator = "sum"): void {
    new Gauge({
      name,
      help,
      aggregator: together,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }

  /** Counts of the ledger cover all workers already: there `together` is not the sum. */
  counter(name: string, help: string, labelNames: string[] = [], together: Aggregator = "sum"): Counter {
    return new Counter({ name, help, labelNames, aggregator: together, registers: [this.registry] });
  }

  /** Adds the gauge that is always 1 and carries facts about the build as labels. */
  buildInfo(labels: Readonly<Record<string, string>>): void {
    new Gauge({
      name: "cco_build_info",
      help: "1, with the version as label",
      labelNames: Object.keys(labels),
      aggregator: "first",
      registers: [this.registry],
    }).set(labels, 1);
  }

  /** Returns the value as a label, or "other" where callers could invent more of them without end. */
  bounded(kind: "model" | "rule", value: string): string {
    const known = this.labels.get(kind) ?? new Set<string>();
    this.labels.set(kind, known);
    if (known.has(value)) return value;
    if (known.size >= LABEL_VALUES_MAX || value.length > 128) return "other";
    known.add(value);
    return value;
  }
}

/** Sets a counter to a sum that is counted elsewhere. */
export function setCounter(counter: Counter, value: number): void {
  counter.reset();
  counter.inc(value);
}
