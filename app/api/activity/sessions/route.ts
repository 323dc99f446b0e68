import * as z from "zod";
import { readRoute } from "#app/_server/route.ts";
import { listSessionRows } from "#control/activity/sessions.ts";

export const GET = readRoute("own-requests.read", z.looseObject({}), ({ actor, query, deps }) =>
  listSessionRows(actor, query, deps),
);
