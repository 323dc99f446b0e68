import * as z from "zod";
import { readRoute } from "#app/_server/route.ts";
import { readActivitySeries } from "#control/activity/series.ts";

export const GET = readRoute("own-requests.read", z.looseObject({}), ({ actor, query, deps }) =>
  readActivitySeries(actor, query, deps),
);
