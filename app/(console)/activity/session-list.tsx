"use client";

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "#app/_ui/button.tsx";
import { cx } from "#app/_ui/cx.ts";
import { ErrorCard } from "#app/_ui/empty.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { ArchivedNote } from "./archived-note.tsx";
import { NothingHere } from "./nothing-here.tsx";
import { activityQueries } from "./queries.ts";
import { RowsSkeleton } from "./request-list.tsx";
import { SessionCard } from "./session-card.tsx";
import type { ActivityView } from "./url.ts";

/**
 * List of sessions, last used first, with nested sub-agents. Long because what is loading, refused or empty decides in
 * one place what is shown.
 */
export function SessionList({
  view,
  change,
  isOwn,
  onOpen,
}: {
  view: ActivityView;
  change: (part: Partial<ActivityView>) => void;
  isOwn: boolean;
  onOpen: (session: string, agent: string | null) => void;
}) {
  const list = useInfiniteQuery({ ...activityQueries.sessions(view), placeholderData: keepPreviousData });
  const pages = list.data?.pages ?? [];
  const rows = pages.flatMap((page) => page.rows);
  const range = pages[0]?.range;
  if (list.error && !list.data)
    return (
      <ErrorCard
        title="The sessions could not be read"
        message={list.error.message}
        onRetry={() => void list.refetch()}
      />
    );
  return (
    <>
      <Panel flush>
        {rows.length > 0 ? (
          <div aria-hidden="true" className="hidden gap-3 border-b border-line px-5 py-1.5 text-xs text-ink3 md:flex">
            <span>Session, and what it was given</span>
            <span className="ml-auto">Requests</span>
            <span className="w-16 text-right">Cost</span>
            <span className="w-16 text-right">Saved</span>
          </div>
        ) : null}
        <div
          className={cx("divide-y divide-line", list.isPlaceholderData && "opacity-60 transition-opacity delay-200")}
          aria-busy={list.isFetching}
        >
          {rows.map((session) => (
            <SessionCard
              key={session.id}
              session={session}
              zone={range?.zone ?? "UTC"}
              tiers={Object.assign({}, ...pages.map((page) => page.tiers))}
              onOpen={(agent) => onOpen(session.id, agent)}
            />
          ))}
          {list.isPending ? <RowsSkeleton /> : null}
          {!list.isPending && rows.length === 0 ? (
            <NothingHere what="sessions" state="nothing" isOwn={isOwn} view={view} change={change} />
          ) : null}
        </div>
        {list.hasNextPage ? (
          <div className="border-t border-line p-3 text-center">
            <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              Show older sessions
            </Button>
          </div>
        ) : null}
      </Panel>
      <ArchivedNote before={pages[0]?.archivedBefore ?? null} view={view} isOwn={isOwn} />
      <p className="mt-2 text-xs text-ink3">
        {isOwn ? "Your own sessions. " : ""}
        {range ? `Requests of ${range.label}, days of ${range.zone}. ` : ""}Cost and saving are of these requests.
      </p>
    </>
  );
}
