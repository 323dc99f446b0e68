import {
  AggregatorRegistry,
  type MetricObjectWithValues,
  type MetricValue,
  type MetricValueWithName,
} from "prom-client";

/** A metric with its values, as sent from one process to another. */
export type MetricFamily = MetricObjectWithValues<MetricValue<string>>;

type Value = MetricValue<string> | MetricValueWithName<string>;

/** Metrics whose value for all workers is computed elsewhere. */
type Known = Readonly<Record<string, number>>;

/**
 * Merges `/metrics` of several processes. Each family names how its values are combined; of quantiles, which cannot be
 * added up, the highest is shown.
 */
export async function textOfAll(lists: readonly MetricFamily[][], known: Known): Promise<string> {
  const replaced = withoutPlaceholders(lists).map((families, at) =>
    families.flatMap((family) => toShown(family, at === 0, known)),
  );
  return withNaN(await AggregatorRegistry.aggregate(highestQuantiles(replaced)).metrics());
}

/** Formats NaN: prom-client writes "Nan", which not every reader of the format takes for a number. */
export const withNaN = (text: string): string => text.replace(/ Nan$/gm, " NaN");

/**
 * Drops the placeholder of a labelled counter: its empty value without a step. The placeholder exists so that an alert
 * finds a zero and not nothing. It goes as soon as any process has counted. Left beside real values it would stay at
 * zero for ever, and keep the alert on.
 */
function withoutPlaceholders(lists: readonly MetricFamily[][]): MetricFamily[][] {
  const counting = new Set(lists.flat().flatMap((family) => (family.values.some(isReal) ? [family.name] : [])));
  return lists.map((families) =>
    families.map((family) =>
      counting.has(family.name)
        ? { ...family, values: family.values.filter((value) => !isPlaceholder(value)) }
        : family,
    ),
  );
}

function isPlaceholder({ labels }: Value): boolean {
  const values = Object.values(labels);
  return values.length > 0 && values.every((value) => value === "");
}

const isReal = (value: Value): boolean => Object.keys(value.labels).length > 0 && !isPlaceholder(value);

/** Sums the counters of ended processes: only counters, since nothing of them is open or full any more. */
export async function sumCounts(lists: readonly MetricFamily[][]): Promise<MetricFamily[]> {
  const counts = lists.map((families) => families.filter(({ type }) => isCount(String(type))).map(withoutQuantiles));
  return (await AggregatorRegistry.aggregate(counts).getMetricsAsJSON()) as MetricFamily[];
}

/** The types of prom-client declare a number; at run time it is a string. */
const isCount = (type: string): boolean => ["counter", "histogram", "summary"].includes(type);

function toShown(family: MetricFamily, isFirst: boolean, known: Known): MetricFamily[] {
  const value = known[family.name];
  if (value === undefined) return [family];
  return isFirst ? [{ ...family, values: [{ labels: {}, value }] }] : [];
}

const isQuantile = ({ labels }: Value): boolean => "quantile" in labels;

const withoutQuantiles = (family: MetricFamily): MetricFamily => ({
  ...family,
  values: family.values.filter((value) => !isQuantile(value)),
});

/** Keeps each quantile only in the process with the highest, so that adding up does not change it. */
function highestQuantiles(lists: MetricFamily[][]): MetricFamily[][] {
  const highest = new Map<string, Value>();
  const formatName = (family: MetricFamily, value: Value) => `${family.name} ${JSON.stringify(value.labels)}`;
  for (const family of lists.flat()) {
    for (const value of family.values.filter(isQuantile)) {
      const before = highest.get(formatName(family, value));
      if (before === undefined || !(value.value <= before.value)) highest.set(formatName(family, value), value);
    }
  }
  return lists.map((families) =>
    families.map((family) => ({
      ...family,
      values: family.values.filter((value) => !isQuantile(value) || highest.get(formatName(family, value)) === value),
    })),
  );
}
