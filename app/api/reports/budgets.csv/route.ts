import * as z from "zod";
import { fileResponse } from "#app/_server/file-stream.ts";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute } from "#app/_server/route.ts";
import { exportBudgets } from "#control/budgets/export.ts";

/** Sends the budgets as CSV: the rows of the page. */
export const GET = readRoute("costs.export", z.strictObject({}), async ({ actor, deps }) =>
  fileResponse({ contentType: "text/csv; charset=utf-8", ...(await exportBudgets(actor, deps)) }),
);
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
