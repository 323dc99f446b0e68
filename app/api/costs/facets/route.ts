import { otherMethods } from "#app/_server/other-methods.ts";
import { queryNaming } from "#app/_server/query.ts";
import { readRoute } from "#app/_server/route.ts";
import { readCostFacets } from "#control/costs/facets.ts";
import { costScopeInput } from "#control/costs/scope.ts";

export const GET = readRoute("costs.read", queryNaming(costScopeInput), ({ actor, query, deps }) =>
  readCostFacets(actor, query, deps),
);
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
