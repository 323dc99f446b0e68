import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute, writeRoute } from "#app/_server/route.ts";
import { importReportInput, reconciliationInput } from "#control/reconcile/fields.ts";
import { importReport } from "#control/reconcile/import-report.ts";
import { readReconciliation } from "#control/reconcile/read.ts";

export const GET = readRoute("costs.read", reconciliationInput, ({ actor, query, deps }) =>
  readReconciliation(actor, query, deps),
);
export const POST = writeRoute("bills.import", importReportInput, ({ actor, input, deps }) =>
  importReport(actor, input, deps),
);
export const { PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET", "POST");
