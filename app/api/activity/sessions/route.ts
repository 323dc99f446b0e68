import { otherMethods } from "#app/_server/other-methods.ts";
import { queryNaming } from "#app/_server/query.ts";
import { readRoute } from "#app/_server/route.ts";
import { activityScopeInput } from "#control/activity/scope.ts";
import { listSessionRows, sessionPageInput } from "#control/activity/sessions.ts";

export const GET = readRoute(
  "own-requests.read",
  queryNaming(activityScopeInput, sessionPageInput),
  ({ actor, query, deps }) => listSessionRows(actor, query, deps),
);
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
