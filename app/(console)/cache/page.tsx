import type { Metadata } from "next";
import { firstData, Hydrated } from "#app/_data/hydrated.tsx";
import { requireActor } from "#app/_server/page-actor.ts";
import { whyNot } from "#app/_server/who-may.ts";
import { paths } from "#app/paths.ts";
import { readCacheOverview } from "#control/cache/overview.ts";
import { controlDeps } from "#control/deps.ts";
import { NotAllowed } from "../_parts/not-allowed.tsx";
import { CacheClient } from "./client.tsx";
import { cacheQueries } from "./queries.ts";
import { readView, viewParams } from "./url.ts";

export const metadata: Metadata = { title: "Cache" };

type Search = Promise<Record<string, string | string[] | undefined>>;

/** Page of the response cache. */
export default async function CachePage({ searchParams }: { searchParams: Search }) {
  const view = readView(await searchParams);
  const actor = await requireActor(paths.cache(viewParams(view)));
  const deps = await controlDeps();
  const why = await whyNot(actor, "cache.read", deps);
  if (why) return <NotAllowed title="Cache" why={why} />;
  const overview = await readCacheOverview(actor, view, deps);
  return (
    <Hydrated first={[firstData(cacheQueries.overview(view), overview)]}>
      <CacheClient />
    </Hydrated>
  );
}
