"use client";

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useAddressView } from "#app/_data/use-address-view.ts";
import { Page } from "#app/_ui/page.tsx";
import { TabPanel, Tabs } from "#app/_ui/tabs.tsx";
import { paths } from "#app/paths.ts";
import { LedgerBanner } from "../_parts/ledger-banner.tsx";
import { RangePicker } from "../_parts/range-picker.tsx";
import { ActivityChart } from "./activity-chart.tsx";
import { ActivityChips, ActivityFilterButton } from "./activity-filters.tsx";
import { LiveSwitch } from "./live-switch.tsx";
import { activityQueries } from "./queries.ts";
import { RequestList } from "./request-list.tsx";
import { SessionHead } from "./session-head.tsx";
import { SessionList } from "./session-list.tsx";
import { type ActivityView, readView, viewParams } from "./url.ts";

const tabs = [
  { value: "requests", label: "Requests" },
  { value: "sessions", label: "Sessions" },
] as const;

const buildAddress = (view: ActivityView) => paths.activity(viewParams(view));

/**
 * Activity: requests, newest first, with the reason for their model; and their sessions. Long because the page is one
 * column whose parts share the view in the address.
 */
export function ActivityClient({ isOwn }: { isOwn: boolean }) {
  const client = useQueryClient();
  const [view, change] = useAddressView(readView, buildAddress);
  const series = useQuery({ ...activityQueries.series(view), placeholderData: keepPreviousData });
  const chart = series.data?.series;
  const openSession = useCallback(
    (session: string, agent: string | null = null) => change({ tab: "requests", session, agent, request: null }),
    [change],
  );
  // Reloads on the way back to a range, to include requests that arrived meanwhile.
  const stopLive = () => {
    change({ isLive: false });
    void client.invalidateQueries({ queryKey: activityQueries.all() });
  };
  const actions = (
    <>
      <div className="hidden sm:block">
        <ActivityFilterButton view={view} change={change} isOwn={isOwn} />
      </div>
      <div className="sm:hidden">
        <ActivityFilterButton view={view} change={change} isOwn={isOwn} compact />
      </div>
      <LiveSwitch isOn={view.isLive} onSwitch={() => change({ isLive: !view.isLive, tab: "requests" })} />
      <RangePicker
        view={{ range: view.range }}
        range={series.data?.range}
        change={({ range }) => range && change({ range })}
      />
    </>
  );
  return (
    <Page title="Activity" actions={actions}>
      <LedgerBanner />
      <ActivityChips view={view} change={change} />
      {view.session !== null ? (
        <SessionHead view={view} session={view.session} onOpen={openSession} />
      ) : series.data && !chart?.total.requests ? null : (
        <ActivityChart
          series={chart ?? undefined}
          isStale={series.isPlaceholderData}
          onRange={(range) => change({ range })}
        />
      )}
      <Tabs label="What is listed" tabs={tabs} value={view.tab} onChange={(tab) => change({ tab, isLive: false })}>
        <TabPanel value="requests">
          <RequestList view={view} change={change} isOwn={isOwn} onSession={openSession} onStopLive={stopLive} />
        </TabPanel>
        <TabPanel value="sessions">
          <SessionList view={view} change={change} isOwn={isOwn} onOpen={openSession} />
        </TabPanel>
      </Tabs>
    </Page>
  );
}
