import * as z from "zod";
import { readRoute } from "#app/_server/route.ts";
import { readOverview } from "#control/costs/overview.ts";

export const GET = readRoute("totals.read", z.looseObject({}), ({ actor, query, deps }) =>
  readOverview(actor, query, deps),
);
