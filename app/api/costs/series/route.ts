import * as z from "zod";
import { readRoute } from "#app/_server/route.ts";
import { readCostSeries } from "#control/costs/series.ts";

export const GET = readRoute("costs.read", z.looseObject({}), ({ actor, query, deps }) =>
  readCostSeries(actor, query, deps),
);
