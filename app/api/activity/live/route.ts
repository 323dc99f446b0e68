import * as z from "zod";
import { readRoute } from "#app/_server/route.ts";
import { liveRequests } from "#control/activity/requests.ts";

export const GET = readRoute("own-requests.read", z.looseObject({}), ({ actor, query, deps }) =>
  liveRequests(actor, query, deps),
);
