import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute, writeRoute } from "#app/_server/route.ts";
import { listOwnBackups, makeOwnBackup } from "#control/backup/own-backups.ts";

/** Lists the installation's backups. */
export const GET = readRoute("backup.make", z.strictObject({}), ({ actor, deps }) => listOwnBackups(actor, deps));

/** Makes one. */
export const POST = writeRoute("backup.make", z.looseObject({}), ({ actor, input, deps }) =>
  makeOwnBackup(actor, input, deps),
);
export const { PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET", "POST");
