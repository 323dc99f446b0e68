import * as z from "zod";
import { writeRoute } from "#app/_server/route.ts";
import { revokeOwnToken } from "#control/tokens/revoke.ts";

export const DELETE = writeRoute(z.object({}), ({ actor, params, deps }) =>
  revokeOwnToken(actor, params.id ?? "", deps),
);
