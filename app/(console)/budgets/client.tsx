"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { useAddressView } from "#app/_data/use-address-view.ts";
import { LinkButton } from "#app/_ui/button.tsx";
import { Empty, ErrorCard } from "#app/_ui/empty.tsx";
import { Page } from "#app/_ui/page.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { paths } from "#app/paths.ts";
import { dayLabel } from "#core/time/range.ts";
import { KpiStrip } from "../_parts/kpi-strip.tsx";
import { BudgetDetail } from "./budget-detail.tsx";
import { BudgetList } from "./budget-list.tsx";
import { budgetKpis } from "./kpis.ts";
import { budgetQueries } from "./queries.ts";
import { SpendersPanel } from "./spenders-panel.tsx";
import { StepsPanel } from "./steps-panel.tsx";
import { type BudgetsPageView, readView, viewParams } from "./url.ts";
import { sortByUrgency } from "./words.ts";

const buildAddress = (view: BudgetsPageView) => paths.budgets(viewParams(view));

/**
 * Budgets: where the month lands, what breaks, and one budget with its burn-down, steps and spenders. Long because it is
 * the page: the order of its parts and what each may do.
 */
export function BudgetsClient({
  whyNoRaise,
  canExport,
  canSet,
}: {
  whyNoRaise: string | null;
  canExport: boolean;
  canSet: boolean;
}) {
  const [view, change] = useAddressView(readView, buildAddress);
  const { data: list, error, refetch } = useSuspenseQuery(budgetQueries.list());
  const { period, budgets } = list;
  const opened = budgets.find(({ id }) => id === view.budget) ?? sortByUrgency(budgets)[0] ?? null;
  const actions = (
    <>
      <span className="tn hidden text-xs text-ink2 md:block">
        {dayLabel(period.fromDay, "")} until {dayLabel(period.toDay, "")}, 00:00 {period.zone}
      </span>
      {canExport && budgets.length > 0 ? (
        <a
          href={paths.budgetsCsv()}
          download
          className="inline-flex h-8 items-center rounded-md border border-line bg-surface px-3 hover:bg-sunken"
        >
          Export
        </a>
      ) : null}
      {canSet ? (
        <LinkButton look="solid" href={paths.team()}>
          Set budgets
        </LinkButton>
      ) : null}
    </>
  );
  return (
    <Page title="Budgets" actions={actions}>
      {error ? (
        <ErrorCard title="The budgets are out of date" message={error.message} onRetry={() => void refetch()} />
      ) : null}
      <KpiStrip kpis={budgetKpis(list)} isStale={false} />
      {opened === null ? (
        <Panel>
          <Empty icon="gauge" title="No budget is set.">
            <p>
              The organisation, a team, project, person or proxy key may have dollars for a month.{" "}
              {canSet ? "Set them on the Team page, under Limits." : "An owner or admin sets them on the Team page."}
            </p>
          </Empty>
        </Panel>
      ) : (
        <>
          <BudgetList view={list} opened={opened.id} onOpen={(budget) => change({ budget })} />
          <div className="grid gap-3 lg:grid-cols-[minmax(0,1fr)_352px] lg:gap-4">
            <BudgetDetail key={opened.id} budget={opened} view={list} whyNoRaise={whyNoRaise} />
            <div className="space-y-3 lg:space-y-4">
              <StepsPanel budget={opened} period={period} />
              <SpendersPanel budget={opened} />
            </div>
          </div>
        </>
      )}
    </Page>
  );
}
