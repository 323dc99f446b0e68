import type { Metadata } from "next";
import { firstData, Hydrated } from "#app/_data/hydrated.tsx";
import { requireActor } from "#app/_server/page-actor.ts";
import { whyNot } from "#app/_server/who-may.ts";
import { paths } from "#app/paths.ts";
import { controlDeps } from "#control/deps.ts";
import { listPricesHistory } from "#control/prices/history.ts";
import { readPrices } from "#control/prices/read.ts";
import { NotAllowed } from "../_parts/not-allowed.tsx";
import { PricesClient } from "./client.tsx";
import { priceQueries } from "./queries.ts";
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
  const [book, history, whyNoChange] = await Promise.all([
    readPrices(actor, deps),
    listPricesHistory(actor, { limit: 50 }, deps),
    whyNot(actor, "prices.change", deps),
  ]);
  return (
    <Hydrated first={[firstData(priceQueries.book(), book), firstData(priceQueries.history(), history)]}>
      <PricesClient whyNoChange={whyNoChange} />
    </Hydrated>
  );
}
