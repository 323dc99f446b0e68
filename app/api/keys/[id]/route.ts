import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { changeKeyLimits } from "#control/keys/change-limits.ts";
import { revokeKey } from "#control/keys/revoke.ts";

export const PATCH = writeRoute("keys.manage", z.looseObject({}), ({ actor, params, input, deps }) =>
  changeKeyLimits(actor, params.id ?? "", input, deps),
);

export const DELETE = writeRoute("own-keys.manage", z.strictObject({}), ({ actor, params, deps }) =>
  revokeKey(actor, params.id ?? "", deps),
);
export const { GET, POST, PUT, OPTIONS } = otherMethods("PATCH", "DELETE");
