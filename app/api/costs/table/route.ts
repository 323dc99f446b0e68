import * as z from "zod";
import { readRoute } from "#app/_server/route.ts";
import { readCostTable } from "#control/costs/table.ts";
import { costGroups } from "#core/costs/cost-table.ts";

const query = z.looseObject({ group: z.enum(costGroups).default("day") });

export const GET = readRoute("costs.read", query, ({ actor, query, deps }) =>
  readCostTable(actor, query.group, query, deps),
);
