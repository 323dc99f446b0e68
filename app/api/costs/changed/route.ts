import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { queryNaming } from "#app/_server/query.ts";
import { readRoute } from "#app/_server/route.ts";
import { costScopeInput } from "#control/costs/scope.ts";
import { readWhatChanged } from "#control/costs/what-changed.ts";

const query = z.strictObject(queryNaming(costScopeInput).shape);

export const GET = readRoute("costs.read", query, ({ actor, query, deps }) => readWhatChanged(actor, query, deps));
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
