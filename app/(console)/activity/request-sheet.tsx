"use client";

import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { mayHelpToRetry } from "#app/_data/get-json.ts";
import { IconButton } from "#app/_ui/button.tsx";
import { ErrorCard } from "#app/_ui/empty.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Sheet } from "#app/_ui/sheet.tsx";
import { activityQueries } from "./queries.ts";
import { RequestDetails } from "./request-details.tsx";

/**
 * Sheet with the details of one request. `j` and `k` move to the next and previous row. Long because the request and
 * its neighbours are one way through the list.
 */
export function RequestSheet({
  id,
  neighbours,
  zone,
  onOpen,
  onClose,
  onSession,
}: {
  id: string | null;
  /** Ids in the order of the list. */
  neighbours: readonly string[];
  zone: string;
  onOpen: (id: string) => void;
  onClose: () => void;
  onSession: (session: string) => void;
}) {
  const { data, error, refetch } = useQuery({ ...activityQueries.request(id ?? ""), enabled: id !== null });
  // Closing removes the id before the focus returns.
  const last = useRef(id);
  if (id !== null) last.current = id;
  const at = id === null ? -1 : neighbours.indexOf(id);
  const older = at === -1 ? undefined : neighbours[at + 1];
  const newer = at === -1 ? undefined : neighbours[at - 1];
  // Prefetches the neighbours for the next key press.
  useQuery({ ...activityQueries.request(older ?? ""), enabled: older !== undefined });
  useQuery({ ...activityQueries.request(newer ?? ""), enabled: newer !== undefined });
  const step = (to: string | undefined) => to !== undefined && onOpen(to);
  return (
    <Sheet
      open={id !== null}
      onClose={onClose}
      title="Request"
      returnTo={() => visibleRow(last.current)}
      onKey={(key) => {
        if (key === "j") step(older);
        if (key === "k") step(newer);
      }}
      aside={
        <>
          <IconButton label="Newer request (k)" disabled={newer === undefined} onClick={() => step(newer)}>
            <Icon name="up" />
          </IconButton>
          <IconButton label="Older request (j)" disabled={older === undefined} onClick={() => step(older)}>
            <Icon name="down" />
          </IconButton>
        </>
      }
    >
      {data ? (
        <RequestDetails detail={data} zone={zone} onSession={onSession} />
      ) : error ? (
        <div className="p-4">
          <ErrorCard
            title="This request cannot be shown"
            message={error.message}
            {...(mayHelpToRetry(error) ? { onRetry: () => void refetch() } : {})}
          />
        </div>
      ) : (
        <div aria-hidden="true" className="space-y-4 p-5">
          <div className="skeleton h-6 w-2/3" />
          <div className="skeleton h-16" />
          <div className="skeleton h-40" />
          <div className="skeleton h-24" />
        </div>
      )}
    </Sheet>
  );
}

/** Visible row of the last shown request: table and phone list both contain one. */
function visibleRow(id: string | null): HTMLElement | null {
  const rows = id === null ? [] : document.querySelectorAll<HTMLElement>(`[data-request="${CSS.escape(id)}"]`);
  return [...rows].find((row) => row.offsetParent !== null) ?? null;
}
