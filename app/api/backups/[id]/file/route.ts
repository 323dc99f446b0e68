import { Readable } from "node:stream";
import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute } from "#app/_server/route.ts";
import { readOwnBackup } from "#control/backup/own-backups.ts";

/** Downloads a backup. */
export const GET = readRoute("backup.restore", z.strictObject({}), async ({ actor, params, deps }) => {
  const name = params.id ?? "";
  const { bytes, stream } = await readOwnBackup(actor, name, deps);
  const headers = {
    "content-type": "application/gzip",
    "content-length": String(bytes),
    "content-disposition": `attachment; filename="${name}"`,
    "cache-control": "no-store",
  };
  return new Response(Readable.toWeb(Readable.from(stream)) as ReadableStream, { headers });
});
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
