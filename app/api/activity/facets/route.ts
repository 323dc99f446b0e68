import * as z from "zod";
import { readRoute } from "#app/_server/route.ts";
import { readActivityFacets } from "#control/activity/facets.ts";

export const GET = readRoute("own-requests.read", z.looseObject({}), ({ actor, query, deps }) =>
  readActivityFacets(actor, query, deps),
);
