import * as z from "zod";
import { readRoute } from "#app/_server/route.ts";
import { readCostFacets } from "#control/costs/facets.ts";

export const GET = readRoute("costs.read", z.looseObject({}), ({ actor, query, deps }) =>
  readCostFacets(actor, query, deps),
);
