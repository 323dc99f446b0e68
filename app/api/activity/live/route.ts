import { queryNaming, readRoute } from "#app/_server/route.ts";
import { liveInput, liveRequests } from "#control/activity/requests.ts";
import { activityScopeInput } from "#control/activity/scope.ts";

export const GET = readRoute(
  "own-requests.read",
  queryNaming(activityScopeInput, liveInput),
  ({ actor, query, deps }) => liveRequests(actor, query, deps),
);
