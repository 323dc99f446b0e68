import * as z from "zod";
import { writeRoute } from "#app/_server/route.ts";
import { revokeToken } from "#control/tokens/revoke.ts";

export const DELETE = writeRoute("own-access.manage", z.strictObject({}), ({ actor, params, deps }) =>
  revokeToken(actor, params.id ?? "", deps),
);
