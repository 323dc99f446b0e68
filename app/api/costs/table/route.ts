import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { queryNaming } from "#app/_server/query.ts";
import { readRoute } from "#app/_server/route.ts";
import { costGroupsInput } from "#control/costs/export.ts";
import { costScopeInput } from "#control/costs/scope.ts";
import { readCostTable } from "#control/costs/table.ts";

const query = z.strictObject({ ...queryNaming(costScopeInput).shape, ...costGroupsInput.shape });

export const GET = readRoute("costs.read", query, ({ actor, query, deps }) =>
  readCostTable(actor, [query.group, query.split ?? null], query, deps),
);
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
