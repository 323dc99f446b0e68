import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { raiseBudget } from "#control/budgets/raise.ts";

/** Makes a budget larger for a time. */
export const POST = writeRoute("budgets.raise", z.looseObject({}), ({ actor, input, deps }) =>
  raiseBudget(actor, input, deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
