import { otherMethods } from "#app/_server/other-methods.ts";
import { queryNaming } from "#app/_server/query.ts";
import { readRoute } from "#app/_server/route.ts";
import { cacheOverviewInput, readCacheOverview } from "#control/cache/overview.ts";

export const GET = readRoute("cache.read", queryNaming(cacheOverviewInput), ({ actor, query, deps }) =>
  readCacheOverview(actor, query, deps),
);
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
