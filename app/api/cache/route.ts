import * as z from "zod";
import { readRoute } from "#app/_server/route.ts";
import { readCacheOverview } from "#control/cache/overview.ts";

export const GET = readRoute("cache.read", z.looseObject({}), ({ actor, query, deps }) =>
  readCacheOverview(actor, query, deps),
);
