import { otherMethods } from "#app/_server/other-methods.ts";
import { queryNaming } from "#app/_server/query.ts";
import { readRoute } from "#app/_server/route.ts";
import { readOverview } from "#control/costs/overview.ts";
import { costScopeInput } from "#control/costs/scope.ts";

export const GET = readRoute("totals.read", queryNaming(costScopeInput), ({ actor, query, deps }) =>
  readOverview(actor, query, deps),
);
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
