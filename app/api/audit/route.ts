import { otherMethods } from "#app/_server/other-methods.ts";
import { queryNaming } from "#app/_server/query.ts";
import { readRoute } from "#app/_server/route.ts";
import { auditPageInput, listAuditEntries } from "#control/audit/list.ts";

export const GET = readRoute("audit.read", queryNaming(auditPageInput), ({ actor, query, deps }) =>
  listAuditEntries(actor, query, deps),
);
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
