"use client";

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useAddressView } from "#app/_data/use-address-view.ts";
import { Button } from "#app/_ui/button.tsx";
import { cx } from "#app/_ui/cx.ts";
import { Empty, ErrorCard } from "#app/_ui/empty.tsx";
import { Page } from "#app/_ui/page.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { paths } from "#app/paths.ts";
import { ExportMenu } from "./export-menu.tsx";
import { Filters } from "./filters.tsx";
import { LogTable } from "./log-table.tsx";
import { auditQueries } from "./queries.ts";
import { type AuditView, defaultView, hasFilters, readView, viewParams } from "./url.ts";

const buildAddress = (view: AuditView) => paths.audit(viewParams(view));

/**
 * Audit log, newest first, narrowed by event, person and days. Long because the page is one column whose parts share
 * the view in the address.
 */
export function AuditClient({
  actors,
  zone,
}: {
  actors: readonly { id: string; name: string }[];
  /** The reporting zone: days and times of the log are its. */
  zone: string;
}) {
  const [view, change] = useAddressView(readView, buildAddress, "replace");
  const log = useInfiniteQuery({ ...auditQueries.log(view, zone), placeholderData: keepPreviousData });
  const entries = log.data?.pages.flatMap((page) => page.entries) ?? [];
  const isNarrowed = hasFilters(view);

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
                <Button onClick={() => change(defaultView)}>Clear filters</Button>
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
