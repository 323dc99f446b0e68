import { fileResponse } from "#app/_server/file-stream.ts";
import { otherMethods } from "#app/_server/other-methods.ts";
import { queryNaming } from "#app/_server/query.ts";
import { readRoute } from "#app/_server/route.ts";
import { exportCosts, exportViewInput } from "#control/costs/export.ts";
import { costScopeInput } from "#control/costs/scope.ts";

/** Sends the costs of a view as CSV: the same rows, order and amounts as on screen. */
export const GET = readRoute(
  "costs.export",
  queryNaming(costScopeInput, exportViewInput),
  async ({ actor, query, deps }) =>
    fileResponse({ contentType: "text/csv; charset=utf-8", ...(await exportCosts(actor, query, deps)) }),
);
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
