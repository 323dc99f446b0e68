import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute } from "#app/_server/route.ts";
import { listOwnSessions } from "#control/session/sessions.ts";

/** Lists the sessions of the caller. */
export const GET = readRoute("own-access.manage", z.strictObject({}), async ({ actor, deps }) => ({
  sessions: await listOwnSessions(actor, deps),
}));
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
