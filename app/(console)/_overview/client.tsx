"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ErrorCard } from "#app/_ui/empty.tsx";
import { Page } from "#app/_ui/page.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { paths } from "#app/paths.ts";
import { CorrectionsNote } from "../_parts/corrections-note.tsx";
import { KpiSkeleton, KpiStrip } from "../_parts/kpi-strip.tsx";
import { LedgerBanner } from "../_parts/ledger-banner.tsx";
import { NoRequestsYet } from "../_parts/no-requests-yet.tsx";
import { CostChart } from "../costs/cost-chart.tsx";
import { NothingHere } from "../costs/nothing-here.tsx";
import { costQueries } from "../costs/queries.ts";
import { useView } from "../costs/use-view.ts";
import { ChipRow, ViewActions } from "../costs/view-actions.tsx";
import { NeedsALook } from "./needs-a-look.tsx";
import { prepareKpis } from "./prepare.ts";
import { overviewQuery } from "./queries.ts";
import { TopRulesPanel } from "./top-rules.tsx";

/**
 * Overview: cost of the traffic, savings of the rules, and Needs a look; refreshed while visible. Long because the page
 * is one column whose parts wait for two queries.
 */
export function OverviewClient() {
  const [view, change] = useView(paths.overview);
  const overview = useQuery({ ...overviewQuery(view), placeholderData: keepPreviousData });
  const series = useQuery({ ...costQueries.series(view), placeholderData: keepPreviousData });
  const data = overview.data;
  const actions = (
    <ViewActions
      view={view}
      range={data?.range}
      previous={data?.previous}
      change={change}
      canExport={data?.state === "ok"}
    />
  );
  if (data?.state === "empty") return <FirstRun />;
  return (
    <Page title="Overview" actions={actions}>
      <LedgerBanner />
      <ChipRow view={view} change={change} />
      {overview.error && !data ? (
        <ErrorCard
          title="The figures could not be read"
          message={overview.error.message}
          onRetry={() => void overview.refetch()}
        />
      ) : null}
      {data?.state === "nothing" ? (
        <NothingHere view={view} change={change} />
      ) : (
        <>
          {data ? (
            <>
              <KpiStrip kpis={prepareKpis(data, series.data)} isStale={overview.isPlaceholderData} />
              {data.corrections.length === 0 ? null : (
                <div className="text-xs text-ink3">
                  <CorrectionsNote corrections={data.corrections} total={data.total} />
                </div>
              )}
            </>
          ) : overview.error ? null : (
            <KpiSkeleton />
          )}
          {series.error && !series.data ? (
            <ErrorCard
              title="The chart could not be drawn"
              message={series.error.message}
              onRetry={() => void series.refetch()}
            />
          ) : (
            <CostChart
              series={series.data}
              view={view}
              onMetric={(metric) => change({ metric })}
              isStale={series.isPlaceholderData}
            />
          )}
        </>
      )}
      {data ? (
        <div className="grid gap-3 lg:grid-cols-[minmax(0,1fr)_312px] lg:gap-4">
          <TopRulesPanel rules={data.topRules} range={view.range} />
          <NeedsALook items={data.needsALook} view={view} />
        </div>
      ) : overview.error ? null : (
        <div aria-hidden="true" className="grid gap-3 lg:grid-cols-[minmax(0,1fr)_312px] lg:gap-4">
          <div className="skeleton h-[260px] rounded-lg" />
          <div className="skeleton h-[260px] rounded-lg" />
        </div>
      )}
    </Page>
  );
}

function FirstRun() {
  return (
    <Page title="Overview">
      <Panel>
        <NoRequestsYet />
      </Panel>
    </Page>
  );
}
