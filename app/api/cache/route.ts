import { queryNaming, readRoute } from "#app/_server/route.ts";
import { cacheOverviewInput, readCacheOverview } from "#control/cache/overview.ts";

export const GET = readRoute("cache.read", queryNaming(cacheOverviewInput), ({ actor, query, deps }) =>
  readCacheOverview(actor, query, deps),
);
