import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute } from "#app/_server/route.ts";
import { listBackups } from "#control/rules/list-backups.ts";

export const GET = readRoute("rules.read", z.strictObject({}), async ({ actor, deps }) => ({
  backups: await listBackups(actor, deps),
}));
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
