"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "#app/_ui/button.tsx";
import { cx } from "#app/_ui/cx.ts";
import { Empty, ErrorCard } from "#app/_ui/empty.tsx";
import { Page } from "#app/_ui/page.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { ExportMenu } from "./export-menu.tsx";
import { Filters } from "./filters.tsx";
import { LogTable } from "./log-table.tsx";
import { type AuditPage, auditQueries } from "./queries.ts";
import { type AuditView, auditParams, everything } from "./url.ts";

export function AuditClient({
  initialView,
  initialPage,
  actors,
  zone,
}: {
  initialView: AuditView;
  initialPage: AuditPage;
  actors: readonly { id: string; name: string }[];
  /** The reporting zone: days and times of the log are its. */
  zone: string;
}) {
  const [view, setView] = useState(initialView);
  const isInitial = auditParams(view) === auditParams(initialView);
  const log = useInfiniteQuery({
    ...auditQueries.log(view, zone),
    initialData: isInitial ? { pages: [initialPage], pageParams: [null] } : undefined,
    placeholderData: (previous) => previous,
  });
  const change = (next: AuditView) => {
    setView(next);
    const query = auditParams(next);
    window.history.replaceState(null, "", query ? `?${query}` : location.pathname);
  };
  const entries = log.data?.pages.flatMap((page) => page.entries) ?? [];
  const isNarrowed = auditParams(view) !== "";

  return (
    <Page title="Audit log" actions={<ExportMenu view={view} zone={zone} />}>
      <Filters view={view} actors={actors} onChange={change} />
      {log.error ? (
        <ErrorCard title="The log could not be read" message={log.error.message} onRetry={() => void log.refetch()} />
      ) : null}
      <Panel flush>
        <div className={cx(log.isPlaceholderData && "opacity-60")} aria-busy={log.isFetching}>
          {entries.length > 0 ? (
            <LogTable entries={entries} />
          ) : log.isPending ? (
            <div className="space-y-2 p-5">
              {[90, 70, 80].map((width) => (
                <div key={width} className="skeleton h-5" />
              ))}
            </div>
          ) : (
            <Empty icon="audit" title={isNarrowed ? "Nothing matches these filters" : "Nothing has happened yet"}>
              {isNarrowed ? (
                <Button onClick={() => change(everything)}>Clear filters</Button>
              ) : (
                "Every change, sign-in and export appears here."
              )}
            </Empty>
          )}
        </div>
        {log.hasNextPage ? (
          <div className="border-t border-line p-3 text-center">
            <Button busy={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
              Show older entries
            </Button>
          </div>
        ) : null}
      </Panel>
      <p className="text-xs text-ink3">
        Entries are never changed or deleted. Each holds the hash of the one before it, so a missing or altered entry
        shows. Days and times are those of {zone}.
      </p>
    </Page>
  );
}
