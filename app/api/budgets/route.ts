import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute } from "#app/_server/route.ts";
import { listBudgets } from "#control/budgets/list.ts";

/** Every budget with what is left of it and where it lands. */
export const GET = readRoute("budgets.read", z.strictObject({}), ({ actor, deps }) => listBudgets(actor, deps));
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
