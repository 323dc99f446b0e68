import { fileResponse } from "#app/_server/file-stream.ts";
import { otherMethods } from "#app/_server/other-methods.ts";
import { queryNaming } from "#app/_server/query.ts";
import { readRoute } from "#app/_server/route.ts";
import { auditExportInput, exportAudit } from "#control/audit/export.ts";

/** Streams the filtered log as a file. */
export const GET = readRoute("audit.read", queryNaming(auditExportInput), async ({ actor, query, deps }) =>
  fileResponse(await exportAudit(actor, query, deps)),
);
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
