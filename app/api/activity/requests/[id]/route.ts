import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute } from "#app/_server/route.ts";
import { readRequest } from "#control/activity/request.ts";

export const GET = readRoute("own-requests.read", z.strictObject({}), ({ actor, params, deps }) =>
  readRequest(actor, params.id, deps),
);
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
