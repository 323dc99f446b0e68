import type { CostTotals } from "#core/costs/cost-totals.ts";
import { toDollars } from "#core/money/nano-usd.ts";
import { addDays } from "#core/time/instant.ts";
import type { TimeRange } from "#core/time/range.ts";
import type { CsvColumn } from "./csv.ts";

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
  return [
    ...costDimensions.filter((name) => dimensions.includes(name)).map(dimensionColumn),
    { header: "time_zone", kind: "text", value: () => zone },
    ...measureColumns,
  ];
}

/**
 * Builds the file name, such as `cco_costs_2026-10-01_2026-11-01_Europe-Berlin.csv`: the second day is not included.
 */
export function costReportFileName(range: TimeRange): string {
  const end = addDays(range.days.at(-1) ?? range.today, 1);
  return `cco_costs_${range.days[0] ?? range.today}_${end}_${range.zone.replace(/[^\w+-]+/g, "-")}.csv`;
}

const dimensionColumn = (name: CostDimension): CsvColumn<CostReportRow> => ({
  header: name,
  kind: name === "rule_version" ? "number" : "text",
  value: (row) => row.dimensions[name] || null,
});

const count = (header: string, value: (totals: CostTotals) => bigint): CsvColumn<CostReportRow> => ({
  header,
  kind: "number",
  value: (row) => value(row.totals),
});

const dollars = (header: string, value: (totals: CostTotals) => bigint | null): CsvColumn<CostReportRow> => ({
  header,
  kind: "number",
  value: ({ totals }) => {
    const amount = value(totals);
    return amount === null ? null : toDollars(amount);
  },
});

const measureColumns: readonly CsvColumn<CostReportRow>[] = [
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
