import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { makeQueryClient } from "#app/_data/query-client.ts";
import { requireActor } from "#app/_server/page-actor.ts";
import { paths } from "#app/paths.ts";
import { readOverview } from "#control/costs/overview.ts";
import { readCostSeries } from "#control/costs/series.ts";
import { controlDeps } from "#control/deps.ts";
import { may } from "#core/access/permissions.ts";
import { OverviewClient } from "./_overview/client.tsx";
import { overviewQuery } from "./_overview/queries.ts";
import { costQueries } from "./costs/queries.ts";
import { readView, scopeParams } from "./costs/url.ts";

export const metadata: Metadata = { title: "Overview" };

type Search = Promise<Record<string, string | string[] | undefined>>;

export default async function OverviewPage({ searchParams }: { searchParams: Search }) {
  const actor = await requireActor(paths.overview());
  // A role without totals has no figures here; its start page is Connect.
  if (!may(actor, "totals.read")) redirect(paths.connect());
  const view = readView(await searchParams);
  const deps = await controlDeps();
  const client = makeQueryClient();
  const [overview, series] = await Promise.all([
    readOverview(actor, scopeParams(view), deps),
    readCostSeries(actor, scopeParams(view), deps),
  ]);
  client.setQueryData(overviewQuery(view).queryKey, overview);
  client.setQueryData(costQueries.series(view).queryKey, series);
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <OverviewClient />
    </HydrationBoundary>
  );
}
