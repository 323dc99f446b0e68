import * as z from "zod";
import { readRoute } from "#app/_server/route.ts";
import { listOwnSessions } from "#control/session/sessions.ts";

/** Where the caller is signed in. */
export const GET = readRoute("own-access.manage", z.strictObject({}), async ({ actor, deps }) => ({
  sessions: await listOwnSessions(actor, deps),
}));
