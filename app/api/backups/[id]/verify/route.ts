import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { verifyOwnBackup } from "#control/backup/own-backups.ts";

/** Reads a backup whole; a POST, because it is work that no prefetch should cause. */
export const POST = writeRoute("backup.make", z.strictObject({}), ({ actor, params, deps }) =>
  verifyOwnBackup(actor, params.id ?? "", deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
