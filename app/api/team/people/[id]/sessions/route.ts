import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute } from "#app/_server/route.ts";
import { listPersonSessions } from "#control/session/sessions.ts";

/** Lists the sessions of a person. */
export const GET = readRoute("access.manage", z.strictObject({}), async ({ actor, params, deps }) => ({
  sessions: await listPersonSessions(actor, params.id ?? "", deps),
}));
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
