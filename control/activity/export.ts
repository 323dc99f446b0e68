import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { csvHeader, csvLine } from "#core/report/csv.ts";
import { requestCsvColumns, requestReportFileName } from "#core/report/request-report.ts";
import { inTransaction } from "#store/transaction.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { checkArchived, readAllEvents } from "../retention/archived-events.ts";
import { activityScope } from "./scope.ts";

interface RequestExport {
  fileName: string;
  /** Lines with line ends, made while they are read. */
  lines: AsyncGenerator<string>;
}

/**
 * Exports every single request of a range as CSV, oldest first, from the database and the archive. The file is the same
 * before and after its requests are archived. Every export is in the audit log. Throws `archive.missing` or
 * `archive.damaged` before the first line.
 */
export async function exportRequests(actor: Actor, input: unknown, deps: ControlDeps): Promise<RequestExport> {
  requirePermission(actor, "costs.export");
  const { range, filter } = await activityScope(actor, input, deps);
  const proven = await checkArchived(range, deps);
  const fileName = requestReportFileName(range);
  const { fromMs, toMs, ...asked } = { ...filter, fromMs: range.fromMs, toMs: range.toMs };
  const after = { range: range.text, zone: range.zone, ...asked };
  const fact = { action: "requests.export", object: { kind: "report", id: fileName }, after };
  await inTransaction(deps.db, (tx) => recordAudit(tx, actor, fact, deps.now()));
  return { fileName, lines: formatLines({ ...asked, fromMs, toMs }, deps, proven) };
}

async function* formatLines(...[filter, deps, proven]: Parameters<typeof readAllEvents>): AsyncGenerator<string> {
  yield csvHeader(requestCsvColumns);
  for await (const events of readAllEvents(filter, deps, proven))
    for (const event of events) yield csvLine(requestCsvColumns, event);
}
