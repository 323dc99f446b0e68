import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { makeQueryClient } from "#app/_data/query-client.ts";
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
  const client = makeQueryClient();
  client.setQueryData(cacheQueries.overview(view).queryKey, await readCacheOverview(actor, view, deps));
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <CacheClient />
    </HydrationBoundary>
  );
}
