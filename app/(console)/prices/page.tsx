import type { Metadata } from "next";
import { firstData, Hydrated } from "#app/_data/hydrated.tsx";
import { requireActor } from "#app/_server/page-actor.ts";
import { whyNot } from "#app/_server/who-may.ts";
import { paths } from "#app/paths.ts";
import { readCorrections } from "#control/corrections/list.ts";
import { controlDeps } from "#control/deps.ts";
import { listPricesHistory } from "#control/prices/history.ts";
import { readPrices } from "#control/prices/read.ts";
import { NotAllowed } from "../_parts/not-allowed.tsx";
import { PricesClient } from "./client.tsx";
import { correctionQueries, priceQueries } from "./queries.ts";
import { readView, viewParams } from "./url.ts";

export const metadata: Metadata = { title: "Prices" };

type Search = Promise<Record<string, string | string[] | undefined>>;

/** Page of the price book: what each model costs by the list, and what this organisation pays. */
export default async function PricesPage({ searchParams }: { searchParams: Search }) {
  const view = readView(await searchParams);
  const actor = await requireActor(paths.prices(viewParams(view)));
  const deps = await controlDeps();
  const why = await whyNot(actor, "prices.read", deps);
  if (why) return <NotAllowed title="Prices" why={why} />;
  const [book, history, corrections, whyNoChange, whyNoCorrection] = await Promise.all([
    readPrices(actor, deps),
    listPricesHistory(actor, { limit: 50 }, deps),
    readCorrections(actor, deps),
    whyNot(actor, "prices.change", deps),
    whyNot(actor, "costs.correct", deps),
  ]);
  const first = [
    firstData(priceQueries.book(), book),
    firstData(priceQueries.history(), history),
    firstData(correctionQueries.list(), corrections),
  ];
  return (
    <Hydrated first={first}>
      <PricesClient whyNoChange={whyNoChange} whyNoCorrection={whyNoCorrection} />
    </Hydrated>
  );
}
