import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute } from "#app/_server/route.ts";
import { previewOwnRestore } from "#control/backup/own-backups.ts";

/** What a restore of this backup would change. */
export const GET = readRoute("backup.restore", z.strictObject({}), ({ actor, params, deps }) =>
  previewOwnRestore(actor, params.id ?? "", deps),
);
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
