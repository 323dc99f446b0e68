import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { firstData, Hydrated } from "#app/_data/hydrated.tsx";
import { requireActor } from "#app/_server/page-actor.ts";
import { paths } from "#app/paths.ts";
import { readOverview } from "#control/costs/overview.ts";
import { readCostSeries } from "#control/costs/series.ts";
import { controlDeps } from "#control/deps.ts";
import { may } from "#core/access/permissions.ts";
import { OverviewClient } from "./_overview/client.tsx";
import { overviewQuery } from "./_overview/queries.ts";
import { costQueries } from "./costs/queries.ts";
import { readView, scopeParams, viewParams } from "./costs/url.ts";

export const metadata: Metadata = { title: "Overview" };

type Search = Promise<Record<string, string | string[] | undefined>>;

/** Cost of the traffic in a range, what the rules saved, and what needs a look. */
export default async function OverviewPage({ searchParams }: { searchParams: Search }) {
  const view = readView(await searchParams);
  const actor = await requireActor(paths.overview(viewParams(view)));
  // A role without totals has no figures here; its start page is Connect.
  if (!may(actor, "totals.read")) redirect(paths.connect());
  const deps = await controlDeps();
  const [overview, series] = await Promise.all([
    readOverview(actor, scopeParams(view), deps),
    readCostSeries(actor, scopeParams(view), deps),
  ]);
  return (
    <Hydrated first={[firstData(overviewQuery(view), overview), firstData(costQueries.series(view), series)]}>
      <OverviewClient />
    </Hydrated>
  );
}
