"use client";

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "#app/_ui/button.tsx";
import { cx } from "#app/_ui/cx.ts";
import { Empty, ErrorCard } from "#app/_ui/empty.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { paths } from "#app/paths.ts";
import { ArchivedNote } from "./archived-note.tsx";
import { LiveBar } from "./live-switch.tsx";
import { NothingHere } from "./nothing-here.tsx";
import { activityQueries } from "./queries.ts";
import { RequestSheet } from "./request-sheet.tsx";
import { RequestTable } from "./request-table.tsx";
import { type ActivityView, scopeParams, viewParams } from "./url.ts";
import { useLive } from "./use-live.ts";
import { useRowKeys } from "./use-row-keys.ts";

const REFRESH_MS = 10_000;

/**
 * Requests of the view in pages; with Live on, ending requests are added at the top. Long because what is loading,
 * refused, followed or empty decides in one place what is shown.
 */
export function RequestList({
  view,
  change,
  isOwn,
  onSession,
  onStopLive,
}: {
  view: ActivityView;
  change: (part: Partial<ActivityView>) => void;
  isOwn: boolean;
  onSession: (session: string) => void;
  onStopLive: () => void;
}) {
  const list = useInfiniteQuery({
    ...activityQueries.requests(view),
    placeholderData: keepPreviousData,
    // No polling once further pages are loaded: rows would move while they are read.
    refetchInterval: ({ state }) => (view.isLive || (state.data?.pages.length ?? 0) > 1 ? false : REFRESH_MS),
  });
  const listed = list.data?.pages.flatMap((page) => page.rows) ?? [];
  const first = list.data?.pages[0];
  const isFollowing = view.isLive && list.isSuccess && !list.isPlaceholderData;
  const start = { rows: listed, asOfMs: first?.asOfMs };
  const live = useLive(isFollowing, scopeParams(view), start, view.request !== null);
  useRowKeys();
  const rows = live?.feed.shown ?? listed;
  const zone = first?.range.zone ?? "UTC";
  return (
    <>
      {list.error ? (
        <ErrorCard
          title="The requests could not be read"
          message={list.error.message}
          onRetry={() => void list.refetch()}
        />
      ) : null}
      {list.error && !list.data ? null : (
        <Panel flush className={live ? "overflow-visible" : undefined}>
          {live ? <LiveBar live={live} onStop={onStopLive} /> : null}
          <div
            className={cx(list.isPlaceholderData && "opacity-60 transition-opacity delay-200 duration-300")}
            aria-busy={list.isFetching}
          >
            {rows.length > 0 ? (
              <RequestTable
                rows={rows}
                zone={zone}
                withDays={spansDays(first?.range)}
                current={view.request}
                buildAddress={(request) => paths.activity(viewParams({ ...view, request }))}
                onOpen={(request) => change({ request })}
              />
            ) : first === undefined ? (
              <RowsSkeleton />
            ) : live ? (
              <Empty icon="activity" title="Waiting for the next request …" />
            ) : (
              <NothingHere what="requests" state={first.state} isOwn={isOwn} view={view} change={change} />
            )}
          </div>
          {list.hasNextPage && !live ? (
            <div className="border-t border-line p-3 text-center">
              <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                Show older requests
              </Button>
            </div>
          ) : null}
        </Panel>
      )}
      {first ? <ArchivedNote before={first.archivedBefore} view={view} isOwn={isOwn} /> : null}
      {first ? <Footnote view={view} change={change} isOwn={isOwn} zone={zone} /> : null}
      <RequestSheet
        id={view.request}
        neighbours={rows.map(({ id }) => id)}
        zone={zone}
        onOpen={(request) => change({ request })}
        onClose={() => change({ request: null })}
        onSession={onSession}
      />
    </>
  );
}

const spansDays = (range: { from: string; to: string } | undefined): boolean =>
  range !== undefined && Date.parse(range.to) - Date.parse(range.from) > 86_400_000;

function Footnote({
  view,
  change,
  isOwn,
  zone,
}: {
  view: ActivityView;
  change: (part: Partial<ActivityView>) => void;
  isOwn: boolean;
  zone: string;
}) {
  const isAll = view.kind === "all";
  return (
    <p className="mt-2 text-xs text-ink3">
      {isOwn ? "Your own requests. " : ""}
      Times of {zone}. {isAll ? "Token counts and lists of models are shown too." : "Model requests only."}{" "}
      <button
        type="button"
        onClick={() => change({ kind: isAll ? "model" : "all" })}
        className="min-h-6 font-medium text-accent"
      >
        {isAll ? "Show model requests only" : "Show every call"}
      </button>
    </p>
  );
}

/** Placeholder while the first rows load. */
export function RowsSkeleton() {
  return (
    <div aria-hidden="true" className="divide-y divide-line">
      {[88, 72, 80, 64, 84, 70, 78, 66].map((width) => (
        <div key={width} className="flex h-[37px] items-center gap-4 px-4 lg:px-5">
          <div className="skeleton h-3.5 w-16" />
          <div className="skeleton h-3.5" style={{ width: `${width / 2}%` }} />
          <div className="skeleton ml-auto h-3.5 w-20" />
        </div>
      ))}
    </div>
  );
}
