import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import type { BillReport, ReportProblem } from "#core/reconcile/bill-record.ts";
import { parseReport } from "#core/reconcile/parse-report.ts";
import { addDays } from "#core/time/instant.ts";
import { toUtcDay } from "#core/time/utc-day.ts";
import { insertBillImport, listBillDays, putBillDay } from "#store/bills.ts";
import { hashToml } from "#store/hashes.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { mutate } from "../mutate.ts";
import { newId } from "../secrets.ts";
import { importReportInput } from "./fields.ts";
import { formatStoredRecords } from "./stored-records.ts";

export interface ImportedReport {
  kind: "usage" | "cost";
  format: "json" | "csv";
  /** Days that the report covers and that are over, in order. */
  days: string[];
  /** Those that were not known, or were known otherwise. Empty: nothing was changed. */
  changedDays: string[];
  /** Those of them that took the place of another report's. */
  replacedDays: string[];
  /** Days that are not over (UTC): they are left out. */
  openDays: string[];
  /** Whether the last page says that more follow. */
  hasMore: boolean;
}

/**
 * Imports one report. Refused, with nothing changed: one that cannot be read (`bills.invalid` names each place), and one
 * that says something else of days that another report covers (`bills.overlap` names them), unless `replace` is set.
 * The same report again changes nothing and writes nothing.
 */
export async function importReport(actor: Actor, input: unknown, deps: ControlDeps): Promise<ImportedReport> {
  requirePermission(actor, "bills.import");
  const { text, name, replace } = parseInput(importReportInput, input);
  const report = readReport(text);
  const today = toUtcDay(deps.now().getTime());
  const days = report.days.filter((day) => day < today);
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined)
    throw invalid([
      { place: report.days[0] ?? "", message: "no day of the report is over (UTC): a day is billed when it has ended" },
    ]);
  const texts = formatDays(report, days);
  const { kind, format, hasMore } = report;
  return mutate(actor, deps, async (tx, at) => {
    const known = new Map(
      (await listBillDays(tx, { fromDay: first, toDay: addDays(last, 1), kind })).map((row) => [row.day, row.records]),
    );
    const changedDays = days.filter((day) => known.get(day) !== texts.get(day));
    const replacedDays = changedDays.filter((day) => known.has(day));
    if (replacedDays.length > 0 && !replace) throw new AppError("bills.overlap", { kind, days: replacedDays });
    const result = {
      kind,
      format,
      days,
      changedDays,
      replacedDays,
      openDays: report.days.filter((day) => day >= today),
      hasMore,
    };
    if (changedDays.length === 0) return result;
    const id = newId("bil");
    const digest = hashToml(text);
    const by = { actorId: actor.id, actorName: actor.name, via: actor.via, importedAt: at };
    const span = { firstDay: first, lastDay: last, dayCount: days.length };
    await insertBillImport(tx, { id, kind, format, name, digest, ...span, ...by });
    for (const day of changedDays) await putBillDay(tx, { kind, day, importId: id, records: texts.get(day) ?? "[]" });
    const after = { name, kind, digest, firstDay: first, lastDay: last, changed: changedDays.length };
    const before = replacedDays.length === 0 ? null : { replacedDays };
    await recordAudit(tx, actor, { action: "bills.import", object: { kind: "bill", id }, before, after }, at);
    return result;
  });
}

function readReport(text: string): BillReport {
  const parsed = parseReport(text);
  if (parsed.ok) return parsed.report;
  throw invalid(parsed.problems);
}

function invalid(problems: readonly ReportProblem[]): AppError {
  const [first] = problems;
  const text = first && `The report was not imported: ${first.place}: ${first.message}.`;
  return new AppError("bills.invalid", { problems }, text);
}

function formatDays({ records }: BillReport, days: readonly string[]): Map<string, string> {
  return new Map(days.map((day) => [day, formatStoredRecords(records.filter((record) => record.day === day))]));
}
