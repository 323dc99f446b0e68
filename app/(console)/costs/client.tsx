"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { cx } from "#app/_ui/cx.ts";
import { ErrorCard } from "#app/_ui/empty.tsx";
import { Link } from "#app/_ui/link.tsx";
import { Page } from "#app/_ui/page.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { paths } from "#app/paths.ts";
import { openBatchesText, openBatchesTitle } from "#core/batches/open-batches.ts";
import type { CostReport } from "#core/costs/cost-table.ts";
import { countMissingCosts } from "#core/costs/figures.ts";
import { findMonth } from "#core/costs/month.ts";
import { formatMoney } from "#core/report/format.ts";
import { formatCounted, pluralize } from "#core/report/plural.ts";
import { CorrectionsNote } from "../_parts/corrections-note.tsx";
import { CostChart } from "./cost-chart.tsx";
import { CostRows } from "./cost-rows.tsx";
import { Grouping, groupingTitle } from "./grouping.tsx";
import { MonthPanel } from "./month-panel.tsx";
import { NothingHere } from "./nothing-here.tsx";
import { chartColours } from "./prepare.ts";
import { costQueries } from "./queries.ts";
import { type CostView, scopeParams, viewParams } from "./url.ts";
import { useView } from "./use-view.ts";
import { ChipRow, ViewActions } from "./view-actions.tsx";
import { WhatChangedPanel } from "./what-changed-panel.tsx";

/**
 * Costs page: costs of a range in groups; the exported file has exactly this view. Long because the page is one column
 * whose parts share the view in the address.
 */
export function CostsClient({ whyNoClose }: { whyNoClose: string | null }) {
  const [view, change] = useView(paths.costs);
  const table = useQuery({ ...costQueries.table(view), placeholderData: keepPreviousData });
  const series = useQuery({ ...costQueries.series(view), placeholderData: keepPreviousData });
  const data = table.data;
  const colours = useMemo(
    () => (series.data ? chartColours(series.data, view.metric) : new Map()),
    [series.data, view.metric],
  );
  // A close is of everything: beside a filter it would stand beside other amounts.
  const isFiltered = Object.values(view.filters).some((values) => values.length > 0);
  const month = data === undefined || isFiltered ? null : findMonth(data.range);
  const hasRows = (data?.rows.length ?? 0) > 0;
  const actions = (
    <ViewActions view={view} range={data?.range} previous={data?.previous} change={change} canExport={hasRows} />
  );
  return (
    <Page title="Costs" actions={actions}>
      <ChipRow view={view} change={change} />
      {table.error && !data ? (
        <ErrorCard
          title="The costs could not be read"
          message={table.error.message}
          onRetry={() => void table.refetch()}
        />
      ) : null}
      {data && !hasRows ? (
        <NothingHere view={view} change={change} />
      ) : (
        <>
          {month === null ? null : <MonthPanel key={month} month={month} why={whyNoClose} />}
          <CostChart
            series={series.data}
            view={view}
            onMetric={(metric) => change({ metric })}
            isStale={series.isPlaceholderData}
          />
          {data ? (
            <div className={table.isPlaceholderData ? "opacity-60 transition-opacity delay-200 duration-300" : ""}>
              <Panel
                flush
                title={groupingTitle(view.group, view.split)}
                aside={<Grouping view={view} change={change} />}
              >
                <CostRows
                  key={`${data.group} ${data.split}`}
                  table={data}
                  view={view}
                  colours={colours}
                  onSort={(sort) => change({ sort })}
                  onView={change}
                />
              </Panel>
              <Footnotes table={data} view={view} />
              {view.cmp === "prev" ? (
                <div className="mt-3 lg:mt-4">
                  <WhatChangedPanel view={view} requests={data.total.requests} />
                </div>
              ) : null}
            </div>
          ) : (
            <div aria-hidden="true" className="skeleton h-[320px] rounded-lg" />
          )}
        </>
      )}
    </Page>
  );
}

/** Leads to the prices of the unpriced models. From other groupings it leads to the models first. */
function AddPrice({ table: { group, rows }, view }: { table: CostReport; view: CostView }) {
  const look = "inline-flex min-h-6 items-center font-medium text-accent";
  if (group !== "model") {
    return (
      <Link href={paths.costs(viewParams({ ...view, group: "model", sort: null }))} className={look}>
        Show by model
      </Link>
    );
  }
  return rows
    .filter((row) => row.key !== "" && countMissingCosts(row.figures) > 0)
    .map(({ key }) => (
      <Link key={key} href={paths.prices({ add: key })} className={cx(look, "mr-2")}>
        Add a price of {key}
      </Link>
    ));
}

function Footnotes({ table, view }: { table: CostReport; view: CostView }) {
  const { range, total, openBatches } = table;
  const { cmp: _cmp, ...scope } = scopeParams(view);
  const batches = openBatchesTitle(openBatches);
  return (
    <div className="mt-2 space-y-0.5 text-xs text-ink3">
      <p>
        {range.label}, days of {range.zone}. Amounts are the prices in force for what was served; the exact figure is
        the tooltip of each.{" "}
        <Link href={paths.activity(scope)} className="inline-flex min-h-6 items-center font-medium text-accent">
          Show these requests
        </Link>
      </p>
      <CorrectionsNote corrections={table.corrections} total={total} />
      {total.unpriced > 0 ? (
        <p className="text-warn">
          {formatCounted(total.unpriced, "request")} {pluralize(total.unpriced, "is", "are")} unpriced: the model is not
          in the price table, or the provider did not say what it used. No total contains{" "}
          {pluralize(total.unpriced, "it", "them")}. <AddPrice table={table} view={view} />
        </p>
      ) : null}
      {batches === null ? null : (
        <p className={openBatches.unfetched > 0 ? "text-warn" : ""}>
          {batches}. {openBatchesText(openBatches)}
        </p>
      )}
      {total.planValueNanoUsd === "0" ? null : (
        <p>
          Subscription traffic is not in the cost: at the prices in force it would be worth{" "}
          {total.planValueNanoUsd === null
            ? "an amount that is not known"
            : `${formatMoney(total.planValueNanoUsd)}${total.planUnpriced > 0 ? `, ${formatCounted(total.planUnpriced, "request")} without a known price not counted` : ""}`}
          .
        </p>
      )}
    </div>
  );
}
