import { readAddress } from "#app/_server/origin.ts";
import { otherMethods } from "#app/_server/other-methods.ts";
import { queryNaming } from "#app/_server/query.ts";
import { readRoute } from "#app/_server/route.ts";
import { connectStatus, connectStatusInput } from "#control/connect/status.ts";

export const GET = readRoute("connect.use", queryNaming(connectStatusInput), ({ actor, query, deps, request }) =>
  connectStatus(actor, query, deps, readAddress(request.headers)),
);
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
