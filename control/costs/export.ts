import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import {
  type CostGroup,
  type CostTableRow,
  costGroups,
  costSorts,
  naturalSort,
  sortCostRows,
} from "#core/costs/cost-table.ts";
import { totalsOfView } from "#core/costs/figures.ts";
import { toDollars } from "#core/money/nano-usd.ts";
import {
  type CostReportRow,
  costReportColumns,
  costReportFileName,
  type CostDimension as ReportDimension,
} from "#core/report/cost-report.ts";
import { type CsvColumn, csvLines } from "#core/report/csv.ts";
import { listPeople } from "#store/people.ts";
import { inTransaction } from "#store/transaction.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { costScope } from "./scope.ts";
import { buildTable } from "./table.ts";

export const exportViewInput = z.object({
  group: z.enum(costGroups).default("day"),
  sort: z.enum(costSorts).optional(),
  dir: z.enum(["asc", "desc"]).optional(),
});

const reportDimension = {
  day: "day",
  model: "served_model",
  project: "project",
  team: "team",
  person: "person",
} as const satisfies Record<CostGroup, ReportDimension>;

interface CostExport {
  fileName: string;
  /** Lines with line ends. */
  lines: Iterable<string>;
}

type ExportRow = CostReportRow &
  Pick<CostTableRow, "previousCostNanoUsd" | "previousUnpriced" | "previousPlanUnpriced">;

/**
 * Exports the costs table of a view as CSV: the same rows in the same order with the same amounts. Every export is in
 * the audit log.
 */
export async function exportCosts(actor: Actor, input: unknown, deps: ControlDeps): Promise<CostExport> {
  requirePermission(actor, "costs.export");
  const { group, sort, dir } = parseInput(exportViewInput, input);
  const scope = await costScope(input, deps);
  const [table, findEmail] = await Promise.all([buildTable(scope, group, deps), emails(group, deps)]);
  const natural = naturalSort(group);
  const rows: ExportRow[] = sortCostRows(table.rows, sort ?? natural.by, dir ?? natural.direction).map((row) => ({
    dimensions: { [reportDimension[group]]: findEmail(row.key) },
    totals: totalsOfView(row.figures),
    previousCostNanoUsd: row.previousCostNanoUsd,
    previousUnpriced: row.previousUnpriced,
    previousPlanUnpriced: row.previousPlanUnpriced,
  }));
  const fileName = costReportFileName(scope.range);
  const after = { group, range: scope.range.text, zone: scope.range.zone, ...scope.filter, rows: rows.length };
  const fact = { action: "costs.export", object: { kind: "report", id: fileName }, after };
  await inTransaction(deps.db, (tx) => recordAudit(tx, actor, fact, deps.now()));
  return { fileName, lines: csvLines(buildColumns(group, scope.range.zone, scope.previous !== null), rows) };
}

function buildColumns(group: CostGroup, zone: string, isCompared: boolean): CsvColumn<ExportRow>[] {
  const columns: CsvColumn<ExportRow>[] = costReportColumns([reportDimension[group]], zone);
  if (!isCompared) return columns;
  const value = (row: ExportRow) =>
    row.previousCostNanoUsd === null ? null : toDollars(BigInt(row.previousCostNanoUsd));
  return [
    ...columns,
    { header: "previous_cost_usd", kind: "number", value },
    { header: "previous_unpriced_requests", kind: "number", value: (row) => row.previousUnpriced },
    { header: "previous_unpriced_plan_requests", kind: "number", value: (row) => row.previousPlanUnpriced },
  ];
}

/** Maps people to e-mail addresses for files: names are not unique, and ids are meaningless to readers. */
async function emails(group: CostGroup, deps: ControlDeps): Promise<(key: string) => string> {
  if (group !== "person") return (key) => key;
  const known = new Map((await listPeople(deps.db)).map((person) => [person.id, person.email]));
  return (key) => known.get(key) ?? key;
}
