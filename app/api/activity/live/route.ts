import { otherMethods } from "#app/_server/other-methods.ts";
import { queryNaming } from "#app/_server/query.ts";
import { readRoute } from "#app/_server/route.ts";
import { liveInput, liveRequests } from "#control/activity/requests.ts";
import { activityScopeInput } from "#control/activity/scope.ts";

export const GET = readRoute(
  "own-requests.read",
  queryNaming(activityScopeInput, liveInput),
  ({ actor, query, deps }) => liveRequests(actor, query, deps),
);
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
