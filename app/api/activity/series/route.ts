import { otherMethods } from "#app/_server/other-methods.ts";
import { queryNaming } from "#app/_server/query.ts";
import { readRoute } from "#app/_server/route.ts";
import { activityScopeInput } from "#control/activity/scope.ts";
import { readActivitySeries } from "#control/activity/series.ts";

export const GET = readRoute("own-requests.read", queryNaming(activityScopeInput), ({ actor, query, deps }) =>
  readActivitySeries(actor, query, deps),
);
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
