import * as z from "zod";
import { writeRoute } from "#app/_server/route.ts";
import { revokeKey } from "#control/keys/revoke.ts";

export const DELETE = writeRoute(z.object({}), ({ actor, params, deps }) => revokeKey(actor, params.id ?? "", deps));
