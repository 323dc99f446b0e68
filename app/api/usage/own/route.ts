import { otherMethods } from "#app/_server/other-methods.ts";
import { queryNaming } from "#app/_server/query.ts";
import { ownRoute } from "#app/_server/route.ts";
import { ownUsageInput, readOwnUsage } from "#control/connect/own-usage.ts";

/** What the status line shows: of the person, or of the proxy key that asks. */
export const GET = ownRoute("own-requests.read", queryNaming(ownUsageInput), ({ caller, query, deps }) =>
  readOwnUsage(caller, query, deps),
);
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
