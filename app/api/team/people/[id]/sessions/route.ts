import * as z from "zod";
import { readRoute } from "#app/_server/route.ts";
import { listSessionsOf } from "#control/session/sessions.ts";

/** Where a person is signed in. */
export const GET = readRoute("access.manage", z.strictObject({}), async ({ actor, params, deps }) => ({
  sessions: await listSessionsOf(actor, params.id ?? "", deps),
}));
