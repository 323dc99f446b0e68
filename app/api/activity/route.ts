import * as z from "zod";
import { readRoute } from "#app/_server/route.ts";
import { listRequests } from "#control/activity/requests.ts";

export const GET = readRoute("own-requests.read", z.looseObject({}), ({ actor, query, deps }) =>
  listRequests(actor, query, deps),
);
