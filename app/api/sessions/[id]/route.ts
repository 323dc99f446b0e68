import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { endSession } from "#control/session/sessions.ts";

/** Signs one browser out: the caller's own, or with `access.manage` another person's. */
export const DELETE = writeRoute("own-access.manage", z.strictObject({}), ({ actor, params, deps }) =>
  endSession(actor, params.id ?? "", deps),
);
export const { GET, POST, PUT, PATCH, OPTIONS } = otherMethods("DELETE");
