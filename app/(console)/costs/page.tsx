import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { firstData, Hydrated } from "#app/_data/hydrated.tsx";
import { requireActor } from "#app/_server/page-actor.ts";
import { whyNot } from "#app/_server/who-may.ts";
import { paths } from "#app/paths.ts";
import { readCostSeries } from "#control/costs/series.ts";
import { readCostTable } from "#control/costs/table.ts";
import { controlDeps } from "#control/deps.ts";
import { readMonth } from "#control/months/read.ts";
import { may } from "#core/access/permissions.ts";
import { findMonth } from "#core/costs/month.ts";
import { CostsClient } from "./client.tsx";
import { costQueries } from "./queries.ts";
import { readView, scopeParams, viewParams } from "./url.ts";

export const metadata: Metadata = { title: "Costs" };

type Search = Promise<Record<string, string | string[] | undefined>>;

/** Costs of a range in one or two groupings. */
export default async function CostsPage({ searchParams }: { searchParams: Search }) {
  const view = readView(await searchParams);
  const actor = await requireActor(paths.costs(viewParams(view)));
  if (!may(actor, "costs.read")) redirect(paths.connect());
  const deps = await controlDeps();
  const [table, series, whyNoClose] = await Promise.all([
    readCostTable(actor, [view.group, view.split], scopeParams(view), deps),
    readCostSeries(actor, scopeParams(view), deps),
    whyNot(actor, "costs.close", deps),
  ]);
  const month = findMonth(table.range);
  const first = [
    firstData(costQueries.table(view), table),
    firstData(costQueries.series(view), series),
    ...(month === null ? [] : [firstData(costQueries.month(month), await readMonth(actor, { month }, deps))]),
  ];
  return (
    <Hydrated first={first}>
      <CostsClient whyNoClose={whyNoClose} />
    </Hydrated>
  );
}
