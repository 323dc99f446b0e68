import { otherMethods } from "#app/_server/other-methods.ts";
import { queryNaming } from "#app/_server/query.ts";
import { readRoute } from "#app/_server/route.ts";
import { costScopeInput } from "#control/costs/scope.ts";
import { readCostSeries } from "#control/costs/series.ts";

export const GET = readRoute("costs.read", queryNaming(costScopeInput), ({ actor, query, deps }) =>
  readCostSeries(actor, query, deps),
);
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
