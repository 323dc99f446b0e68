import { otherMethods } from "#app/_server/other-methods.ts";
import { queryNaming, readRoute } from "#app/_server/route.ts";
import { auditExportInput, exportAudit } from "#control/audit/export.ts";

/** Streams the filtered log as a file. */
export const GET = readRoute("audit.read", queryNaming(auditExportInput), async ({ actor, query, deps }) => {
  const { fileName, contentType, lines } = await exportAudit(actor, query, deps);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await lines.next();
      if (next.done) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
    cancel: () => lines.return(undefined).then(() => undefined),
  });
  const headers = {
    "content-type": contentType,
    "content-disposition": `attachment; filename="${fileName}"`,
    "cache-control": "no-store",
  };
  return new Response(body, { headers });
});
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
