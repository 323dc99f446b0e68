import type { Metadata } from "next";
import { firstData, firstPage, Hydrated } from "#app/_data/hydrated.tsx";
import { requireActor } from "#app/_server/page-actor.ts";
import { paths } from "#app/paths.ts";
import { listRequests } from "#control/activity/requests.ts";
import { readActivitySeries } from "#control/activity/series.ts";
import { listSessionRows } from "#control/activity/sessions.ts";
import { controlDeps } from "#control/deps.ts";
import { ActivityClient } from "./client.tsx";
import { activityQueries } from "./queries.ts";
import { readView, scopeParams, viewParams } from "./url.ts";

export const metadata: Metadata = { title: "Activity" };

type Search = Promise<Record<string, string | string[] | undefined>>;

/** Page of all requests, or of the person's own where the role sees no more. */
export default async function ActivityPage({ searchParams }: { searchParams: Search }) {
  const view = readView(await searchParams);
  const actor = await requireActor(paths.activity(viewParams(view)));
  const deps = await controlDeps();
  const params = scopeParams(view);
  const [requests, series, sessions] = await Promise.all([
    listRequests(actor, params, deps),
    readActivitySeries(actor, params, deps),
    view.tab === "sessions" ? listSessionRows(actor, params, deps) : null,
  ]);
  const first = [
    firstData(activityQueries.requests(view), firstPage(requests)),
    firstData(activityQueries.series(view), series),
    ...(sessions ? [firstData(activityQueries.sessions(view), firstPage(sessions))] : []),
  ];
  return (
    <Hydrated first={first}>
      <ActivityClient isOwn={requests.isOwn} />
    </Hydrated>
  );
}
