import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { revokeToken } from "#control/tokens/revoke.ts";

export const DELETE = writeRoute("own-access.manage", z.strictObject({}), ({ actor, params, deps }) =>
  revokeToken(actor, params.id ?? "", deps),
);
export const { GET, POST, PUT, PATCH, OPTIONS } = otherMethods("DELETE");
