import * as z from "zod";
import { readRoute } from "#app/_server/route.ts";
import { listAuditEntries } from "#control/audit/list.ts";

export const GET = readRoute("audit.read", z.looseObject({}), ({ actor, query, deps }) =>
  listAuditEntries(actor, query, deps),
);
