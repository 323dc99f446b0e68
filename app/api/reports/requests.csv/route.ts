import { fileResponse } from "#app/_server/file-stream.ts";
import { otherMethods } from "#app/_server/other-methods.ts";
import { queryNaming } from "#app/_server/query.ts";
import { readRoute } from "#app/_server/route.ts";
import { exportRequests } from "#control/activity/export.ts";
import { activityScopeInput } from "#control/activity/scope.ts";

/** Sends every single request of a range as CSV, from the database and from the archive. */
export const GET = readRoute("costs.export", queryNaming(activityScopeInput), async ({ actor, query, deps }) =>
  fileResponse({ contentType: "text/csv; charset=utf-8", ...(await exportRequests(actor, query, deps)) }),
);
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
