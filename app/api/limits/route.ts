import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute, writeRoute } from "#app/_server/route.ts";
import { changeLimits, removeLimits } from "#control/limits/change.ts";
import { listLimits } from "#control/limits/list.ts";

export const GET = readRoute("limits.manage", z.strictObject({}), ({ actor, deps }) => listLimits(actor, deps));

export const PUT = writeRoute("limits.manage", z.looseObject({}), ({ actor, input, deps }) =>
  changeLimits(actor, input, deps),
);

export const DELETE = writeRoute("limits.manage", z.looseObject({}), ({ actor, input, deps }) =>
  removeLimits(actor, input, deps),
);
export const { POST, PATCH, OPTIONS } = otherMethods("GET", "PUT", "DELETE");
