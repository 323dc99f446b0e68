import { otherMethods } from "#app/_server/other-methods.ts";
import { queryNaming, readRoute } from "#app/_server/route.ts";
import { exportCosts, exportViewInput } from "#control/costs/export.ts";
import { costScopeInput } from "#control/costs/scope.ts";

/** Lines per chunk, because one line per chunk would be mostly overhead. */
const LINES_PER_CHUNK = 500;

/** Sends the costs of a view as CSV: the same rows, order and amounts as on screen. */
export const GET = readRoute(
  "costs.export",
  queryNaming(costScopeInput, exportViewInput),
  async ({ actor, query, deps }) => {
    const { fileName, lines } = await exportCosts(actor, query, deps);
    const headers = {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="${fileName}"`,
      "cache-control": "no-store",
    };
    return new Response(streamOf(lines), { headers });
  },
);

function streamOf(lines: Iterable<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const iterator = lines[Symbol.iterator]();
  return new ReadableStream({
    pull(controller) {
      let chunk = "";
      for (let count = 0; count < LINES_PER_CHUNK; count += 1) {
        const next = iterator.next();
        if (next.done) {
          if (chunk) controller.enqueue(encoder.encode(chunk));
          controller.close();
          return;
        }
        chunk += next.value;
      }
      controller.enqueue(encoder.encode(chunk));
    },
  });
}
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
