import type { SummedMeasure } from "#core/costs/rollup.ts";
import { addDays, toDayKey } from "#core/time/instant.ts";
import type { TimeRange } from "#core/time/range.ts";
import type { RollupDim } from "#store/rollup-columns.ts";
import {
  type RollupFilters,
  type RollupGroup,
  sumRollupDays,
  sumRollupQuarters,
  sumRollupValues,
} from "#store/rollups.ts";
import type { ControlDeps } from "../deps.ts";
import { reportingZone } from "../settings/read.ts";
import type { CostScope } from "./scope.ts";

/** What the console counts as requests: listing models or counting tokens is neither a cost nor a chance to override. */
export const countedEndpoints: readonly string[] = ["messages", "batches"];

/** Without these no row says whether its money is spend or plan value, and whether its saving is known. */
const moneyDims = ["billingMode", "decision"] as const;
type MoneyDim = (typeof moneyDims)[number];

/** Sums a range by dimensions, and always by those that `sumMoney` needs. */
export function dayRows<Dim extends RollupDim | "day">(
  { range, filter }: Pick<CostScope, "range" | "filter">,
  by: readonly Dim[],
  deps: ControlDeps,
): Promise<RollupGroup<Dim | MoneyDim>[]> {
  const fromDay = range.days[0] ?? range.today;
  const toDay = endDay(range);
  return sumRollupDays(deps.reports, { fromDay, toDay, filters: toFilters(filter) }, [
    ...new Set([...moneyDims, ...by]),
  ]);
}

/** One sum of a range for each value of a dimension. */
export function dayValues(
  { range, filter }: Pick<CostScope, "range" | "filter">,
  by: RollupDim,
  measure: SummedMeasure,
  deps: ControlDeps,
): Promise<{ value: string; sum: bigint }[]> {
  const days = { fromDay: range.days[0] ?? range.today, toDay: endDay(range), filters: toFilters(filter) };
  return sumRollupValues(deps.reports, days, by, measure);
}

/** Sums by dimensions as `dayRows` does, from a day on until now, for what no range limits. */
export async function rowsSinceDay<Dim extends RollupDim>(
  fromDay: string,
  filter: CostScope["filter"],
  by: readonly Dim[],
  deps: ControlDeps,
): Promise<RollupGroup<Dim>[]> {
  const tomorrow = addDays(toDayKey(deps.now().getTime(), await reportingZone(deps)), 1);
  return sumRollupDays(deps.reports, { fromDay, toDay: tomorrow, filters: toFilters(filter) }, by);
}

/** Sums by quarter-hours, for ranges too short for days. */
export const quarterRows = (
  { range, filter }: CostScope,
  deps: ControlDeps,
): Promise<RollupGroup<MoneyDim | "bucketS" | "servedModel">[]> => {
  const span = { fromMs: range.fromMs, toMs: range.toMs, filters: toFilters(filter) };
  return sumRollupQuarters(deps.reports, span, [...moneyDims, "bucketS", "servedModel"]);
};

/** Sums whole quarter-hours of a range by dimensions, for days of a zone that is not the reporting zone. */
export function quartersBy<Dim extends RollupDim>(
  { range, filter }: Pick<CostScope, "range" | "filter">,
  by: readonly Dim[],
  deps: ControlDeps,
): Promise<RollupGroup<Dim | MoneyDim | "bucketS">[]> {
  const span = { fromMs: range.fromMs, toMs: range.toMs, filters: toFilters(filter) };
  return sumRollupQuarters(deps.reports, span, [...new Set([...moneyDims, ...by, "bucketS" as const])]);
}

/** Counts look-ups in the response cache at every endpoint: it also serves requests that are no model requests. */
export async function cacheLookUps(
  { range, filter }: CostScope,
  deps: ControlDeps,
): Promise<{ hits: bigint; misses: bigint }> {
  const { endpoint: _all, ...filters } = toFilters(filter);
  const days = { fromDay: range.days[0] ?? range.today, toDay: endDay(range), filters };
  const [sums] = await sumRollupDays(deps.reports, days, []);
  return { hits: sums?.cacheHits ?? 0n, misses: sums?.cacheMisses ?? 0n };
}

/** First day after a range. */
const endDay = (range: TimeRange): string => addDays(range.days.at(-1) ?? range.today, 1);

const toFilters = (filter: CostScope["filter"]): RollupFilters => ({
  endpoint: countedEndpoints,
  project: filter.project,
  team: filter.team,
  servedModel: filter.model,
  personId: filter.person,
  proxyKeyId: filter.key,
});
