"use client";

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Panel } from "#app/_ui/panel.tsx";
import { activityQueries } from "./queries.ts";
import { SessionCard } from "./session-card.tsx";
import { type ActivityView, defaultView } from "./url.ts";

/** Card of the session whose requests are listed. */
export function SessionHead({
  view,
  session,
  onOpen,
}: {
  view: ActivityView;
  session: string;
  onOpen: (session: string, agent: string | null) => void;
}) {
  const whole = { ...defaultView, range: view.range, session };
  const { data } = useInfiniteQuery({ ...activityQueries.sessions(whole), placeholderData: keepPreviousData });
  const page = data?.pages[0];
  const row = page?.rows.find(({ id }) => id === session);
  if (page !== undefined && row === undefined) return null;
  return (
    <Panel flush>
      {page && row ? (
        <SessionCard
          key={row.id}
          session={row}
          zone={page.range.zone}
          tiers={page.tiers}
          isOpen
          onOpen={(agent) => onOpen(session, agent)}
        />
      ) : (
        <div aria-hidden="true" className="skeleton h-20" />
      )}
    </Panel>
  );
}
