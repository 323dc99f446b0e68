import { fileResponse } from "#app/_server/file-stream.ts";
import { otherMethods } from "#app/_server/other-methods.ts";
import { queryNaming } from "#app/_server/query.ts";
import { readRoute } from "#app/_server/route.ts";
import { exportCostData } from "#control/export/costs.ts";
import { exportInput } from "#control/export/input.ts";

/** Sends the costs of a range as CSV, JSON lines, Parquet or FOCUS. A dry run answers with the first rows as JSON. */
export const GET = readRoute("costs.export", queryNaming(exportInput), async ({ actor, query, deps }) => {
  const made = await exportCostData(actor, query, deps);
  if (!("pieces" in made)) return made;
  return fileResponse({ fileName: made.fileName, contentType: made.contentType, lines: made.pieces });
});
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
