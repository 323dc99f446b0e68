import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { makeQueryClient } from "#app/_data/query-client.ts";
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
  const client = makeQueryClient();
  const params = scopeParams(view);
  const [requests, series] = await Promise.all([
    listRequests(actor, params, deps),
    readActivitySeries(actor, params, deps),
  ]);
  client.setQueryData(activityQueries.requests(view).queryKey, { pages: [requests], pageParams: [null] });
  client.setQueryData(activityQueries.series(view).queryKey, series);
  if (view.tab === "sessions") {
    const sessions = await listSessionRows(actor, params, deps);
    client.setQueryData(activityQueries.sessions(view).queryKey, { pages: [sessions], pageParams: [null] });
  }
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <ActivityClient isOwn={requests.isOwn} />
    </HydrationBoundary>
  );
}
