import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { type CsvColumn, csvHeader, csvLine } from "#core/report/csv.ts";
import { listAudit } from "#store/audit-list.ts";
import { inTransaction } from "#store/transaction.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { type AuditEntryView, auditEntryView, auditFilter, storeFilter } from "./list.ts";
import { recordAudit } from "./record.ts";

export const auditExportInput = auditFilter.extend({ format: z.enum(["jsonl", "csv"]).default("jsonl") });

const pageRows = 100;
const text = (header: string, value: (entry: AuditEntryView) => string | null): CsvColumn<AuditEntryView> => ({
  header,
  kind: "text",
  value,
});

const columns: readonly CsvColumn<AuditEntryView>[] = [
  { header: "id", kind: "number", value: (entry) => entry.id },
  text("at", (entry) => entry.at),
  text("actor_kind", (entry) => entry.actor.kind),
  text("actor_id", (entry) => entry.actor.id),
  text("actor_name", (entry) => entry.actor.name),
  text("via", (entry) => entry.via),
  text("address", (entry) => entry.address),
  text("action", (entry) => entry.action),
  text("object_kind", (entry) => entry.object?.kind ?? null),
  text("object_id", (entry) => entry.object?.id ?? null),
  text("before", (entry) => entry.before && JSON.stringify(entry.before)),
  text("after", (entry) => entry.after && JSON.stringify(entry.after)),
  text("hash", (entry) => entry.hash),
  // Last, so that scripts which read columns by position still find the others.
  text("token_id", (entry) => entry.token?.id ?? null),
  text("token_name", (entry) => entry.token?.name ?? null),
];

interface AuditExport {
  fileName: string;
  contentType: string;
  /** Lines with line ends, read page by page: a log of any length takes the memory of one page. */
  lines: AsyncGenerator<string>;
}

/**
 * Exports every entry that matches a filter, newest first. The export is an entry itself, written before the first
 * line is sent.
 */
export async function exportAudit(actor: Actor, input: unknown, deps: ControlDeps): Promise<AuditExport> {
  requirePermission(actor, "audit.read");
  const { format, ...filter } = parseInput(auditExportInput, input);
  const at = deps.now();
  const fact = { action: "audit.export", after: { format, ...filter } };
  await inTransaction(deps.db, (tx) => recordAudit(tx, actor, fact, at));
  return {
    fileName: `cco_audit_${at.toISOString().slice(0, 10)}.${format}`,
    contentType: format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson",
    lines: formatLines(format, filter, deps),
  };
}

async function* formatLines(format: "jsonl" | "csv", filter: z.output<typeof auditFilter>, deps: ControlDeps) {
  if (format === "csv") yield csvHeader(columns);
  for (let beforeId: number | undefined; ; ) {
    const rows = await listAudit(deps.db, { ...storeFilter(filter), beforeId }, pageRows);
    for (const row of rows) yield line(format, auditEntryView(row));
    if (rows.length < pageRows) return;
    beforeId = rows.at(-1)?.id;
  }
}

const line = (format: "jsonl" | "csv", entry: AuditEntryView): string =>
  format === "csv" ? csvLine(columns, entry) : `${JSON.stringify(entry)}\n`;
