import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { endRaise } from "#control/budgets/raise.ts";

/** Ends a raise before its day. */
export const DELETE = writeRoute("budgets.raise", z.strictObject({}), ({ actor, params, deps }) =>
  endRaise(actor, params.id ?? "", deps),
);
export const { GET, POST, PUT, PATCH, OPTIONS } = otherMethods("DELETE");
