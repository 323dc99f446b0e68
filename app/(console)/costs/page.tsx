import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { makeQueryClient } from "#app/_data/query-client.ts";
import { requireActor } from "#app/_server/page-actor.ts";
import { paths } from "#app/paths.ts";
import { readCostSeries } from "#control/costs/series.ts";
import { readCostTable } from "#control/costs/table.ts";
import { controlDeps } from "#control/deps.ts";
import { may } from "#core/access/permissions.ts";
import { CostsClient } from "./client.tsx";
import { costQueries } from "./queries.ts";
import { readView, scopeParams } from "./url.ts";

export const metadata: Metadata = { title: "Costs" };

type Search = Promise<Record<string, string | string[] | undefined>>;

export default async function CostsPage({ searchParams }: { searchParams: Search }) {
  const actor = await requireActor(paths.costs());
  if (!may(actor, "costs.read")) redirect(paths.connect());
  const view = readView(await searchParams);
  const deps = await controlDeps();
  const client = makeQueryClient();
  const [table, series] = await Promise.all([
    readCostTable(actor, view.group, scopeParams(view), deps),
    readCostSeries(actor, scopeParams(view), deps),
  ]);
  client.setQueryData(costQueries.table(view).queryKey, table);
  client.setQueryData(costQueries.series(view).queryKey, series);
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <CostsClient />
    </HydrationBoundary>
  );
}
