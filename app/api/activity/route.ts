import { otherMethods } from "#app/_server/other-methods.ts";
import { queryNaming } from "#app/_server/query.ts";
import { readRoute } from "#app/_server/route.ts";
import { listRequests, requestPageInput } from "#control/activity/requests.ts";
import { activityScopeInput } from "#control/activity/scope.ts";

export const GET = readRoute(
  "own-requests.read",
  queryNaming(activityScopeInput, requestPageInput),
  ({ actor, query, deps }) => listRequests(actor, query, deps),
);
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
