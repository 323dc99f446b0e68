import * as z from "zod";
import { readRoute } from "#app/_server/route.ts";
import { readRequest } from "#control/activity/request.ts";

export const GET = readRoute("own-requests.read", z.strictObject({}), ({ actor, params, deps }) =>
  readRequest(actor, params.id, deps),
);
