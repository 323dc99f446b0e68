import type { CostTotals } from "#core/costs/cost-totals.ts";
import { addDays } from "#core/time/instant.ts";
import type { TimeRange } from "#core/time/range.ts";
import type { CsvColumn } from "./csv.ts";
import { type ExportColumn, toCsvColumn } from "./export-column.ts";

/** Dimensions of a cost report, in the order of its columns. */
const costDimensions = [
  "month",
  "week",
  "day",
  "project",
  "team",
  "person",
  "proxy_key",
  "proxy_key_id",
  "endpoint",
  "requested_model",
  "served_model",
  "decision",
  "rule",
  "rule_version",
  "billing_mode",
] as const;
export type CostDimension = (typeof costDimensions)[number];

export interface CostReportRow {
  /** Set for the chosen dimensions only. */
  dimensions: Partial<Record<CostDimension, string>>;
  totals: CostTotals;
}

/**
 * Builds the columns of the cost CSV. They are the dimensions, the zone that defines a day, counts and tokens as
 * integers, and dollars with nine decimals. Money that is not known is empty. `unpriced_requests` is the number of
 * requests in no amount, `unpriced_plan_requests` of those that a subscription covers. `corrected_usd` is the
 * part of the cost that corrections added.
 */
export function costReportColumns(dimensions: readonly CostDimension[], zone: string): CsvColumn<CostReportRow>[] {
  return costColumns(dimensions, zone).map(toCsvColumn);
}

/** Builds the same columns for every format. `more`: columns between the zone and the counts. */
export function costColumns(
  dimensions: readonly CostDimension[],
  zone: string,
  more: readonly ExportColumn<CostReportRow>[] = [],
): ExportColumn<CostReportRow>[] {
  return [
    ...costDimensions.filter((name) => dimensions.includes(name)).map(dimensionColumn),
    { name: "time_zone", kind: "text", value: () => zone },
    ...more,
    ...measureColumns,
  ];
}

/**
 * Builds the file name, such as `cco_costs_2026-10-01_2026-11-01_Europe-Berlin.csv`: the second day is not included.
 */
export function costReportFileName(range: TimeRange, ending = "csv"): string {
  const end = addDays(range.days.at(-1) ?? range.today, 1);
  return `cco_costs_${range.days[0] ?? range.today}_${end}_${range.zone.replace(/[^\w+-]+/g, "-")}.${ending}`;
}

const dimensionColumn = (name: CostDimension): ExportColumn<CostReportRow> => ({
  name,
  kind: "text",
  value: (row) => row.dimensions[name] || null,
});

const count = (name: string, value: (totals: CostTotals) => bigint): ExportColumn<CostReportRow> => ({
  name,
  kind: "whole",
  value: (row) => value(row.totals),
});

const dollars = (name: string, value: (totals: CostTotals) => bigint | null): ExportColumn<CostReportRow> => ({
  name,
  kind: "money",
  value: ({ totals }) => value(totals),
});

const measureColumns: readonly ExportColumn<CostReportRow>[] = [
  count("requests", (totals) => totals.requests),
  count("overridden_requests", (totals) => totals.overrides),
  count("failed_requests", (totals) => totals.errors),
  count("unpriced_requests", (totals) => totals.unpriced),
  count("input_tokens", (totals) => totals.inputTokens),
  count("cache_write_5m_tokens", (totals) => totals.cacheWrite5mTokens),
  count("cache_write_1h_tokens", (totals) => totals.cacheWrite1hTokens),
  count("cache_read_tokens", (totals) => totals.cacheReadTokens),
  count("output_tokens", (totals) => totals.outputTokens),
  count("web_searches", (totals) => totals.webSearches),
  dollars("cost_usd", (totals) => totals.cost),
  dollars("full_price_usd", (totals) => totals.fullPrice),
  dollars("saved_usd", (totals) => totals.saved),
  dollars("avoided_usd", (totals) => totals.avoided),
  dollars("plan_value_usd", (totals) => totals.planValue),
  count("unpriced_plan_requests", (totals) => totals.planUnpriced),
  dollars("corrected_usd", (totals) => totals.corrected),
  dollars("corrected_plan_value_usd", (totals) => totals.planCorrected),
];
