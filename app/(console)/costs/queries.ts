import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { getJson } from "#app/_data/get-json.ts";
import type { ChartSeries } from "#core/costs/chart-series.ts";
import type { CostReport } from "#core/costs/cost-table.ts";
import type { MonthView } from "#core/costs/month.ts";
import type { CostFacets } from "#core/costs/overview.ts";
import type { WhatChanged } from "#core/costs/what-changed-view.ts";
import { type CostView, scopeParams, tableParams } from "./url.ts";

/** Poll interval of pages with money while visible. */
export const REFRESH_MS = 5_000;

/** Queries about cost, with keys from general to specific. */
export const costQueries = {
  all: () => ["costs"] as const,
  series: (view: CostView) => {
    const params = scopeParams({ ...view, cmp: "none" });
    return queryOptions({
      queryKey: [...costQueries.all(), "series", params],
      queryFn: ({ signal }) => getJson<ChartSeries>("/api/costs/series", params, signal),
      refetchInterval: REFRESH_MS,
    });
  },
  table: (view: CostView) => {
    const params = tableParams(view);
    return queryOptions({
      queryKey: [...costQueries.all(), "table", params],
      queryFn: ({ signal }) => getJson<CostReport>("/api/costs/table", params, signal),
      refetchInterval: REFRESH_MS,
    });
  },
  month: (month: string) =>
    queryOptions({
      queryKey: [...costQueries.all(), "month", month],
      queryFn: ({ signal }) => getJson<MonthView>("/api/months", { month }, signal),
      refetchInterval: REFRESH_MS,
    }),
  changed: (view: CostView) => {
    const params = scopeParams({ ...view, cmp: "prev" });
    return queryOptions({
      queryKey: [...costQueries.all(), "changed", params],
      queryFn: ({ signal }) => getJson<WhatChanged>("/api/costs/changed", params, signal),
      // It reads single requests: more work than a table, for an answer that a minute does not change.
      staleTime: 60_000,
    });
  },
  /** Includes the people filtered by, to load their names. */
  facets: ({ range, filters: { person } }: CostView) => {
    const params = { range, ...(person.length > 0 ? { person: person.join(",") } : {}) };
    return queryOptions({
      queryKey: [...costQueries.all(), "facets", params],
      queryFn: ({ signal }) => getJson<CostFacets>("/api/costs/facets", params, signal),
      placeholderData: keepPreviousData,
      staleTime: 60_000,
    });
  },
};
