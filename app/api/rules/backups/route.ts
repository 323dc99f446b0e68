import * as z from "zod";
import { readRoute } from "#app/_server/route.ts";
import { listBackups } from "#control/rules/list-backups.ts";

export const GET = readRoute("rules.read", z.strictObject({}), async ({ actor, deps }) => ({
  backups: await listBackups(actor, deps),
}));
