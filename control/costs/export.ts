import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import {
  type CostGroup,
  type CostGroups,
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

/** The groupings of a table, as the page's address, the API and the CSV name them. */
export const costGroupsInput = z.object({
  group: z.enum(costGroups).default("day"),
  split: z.enum(costGroups).optional(),
});

export const exportViewInput = z.object({
  ...costGroupsInput.shape,
  sort: z.enum(costSorts).optional(),
  dir: z.enum(["asc", "desc"]).optional(),
});

/** Columns of the file for each grouping. */
export const reportDimensions = {
  day: ["day"],
  week: ["week"],
  month: ["month"],
  model: ["served_model"],
  requested: ["requested_model"],
  project: ["project"],
  team: ["team"],
  person: ["person"],
  key: ["proxy_key", "proxy_key_id"],
  rule: ["rule"],
  endpoint: ["endpoint"],
} as const satisfies Record<CostGroup, readonly ReportDimension[]>;

interface CostExport {
  fileName: string;
  /** Lines with line ends. */
  lines: Iterable<string>;
}

type ExportRow = CostReportRow &
  Pick<CostTableRow, "previousCostNanoUsd" | "previousUnpriced" | "previousPlanUnpriced" | "month">;

/**
 * Exports the costs table of a view as CSV: the same rows in the same order with the same amounts. Every export is in
 * the audit log.
 */
export async function exportCosts(actor: Actor, input: unknown, deps: ControlDeps): Promise<CostExport> {
  requirePermission(actor, "costs.export");
  const { group, split = null, sort, dir } = parseInput(exportViewInput, input);
  const scope = await costScope(input, deps);
  const [table, findEmail] = await Promise.all([
    buildTable(scope, [group, split], deps),
    readEmails([group, split].includes("person"), deps),
  ]);
  const natural = naturalSort(group);
  const order = [sort ?? natural.by, dir ?? natural.direction] as const;
  const sorted = sortCostRows(table.rows, ...order);
  const rows =
    split === null
      ? sorted.map((row) => toExportRow(row, toDimensions(group, row, findEmail)))
      : sorted.flatMap((row) => {
          const own = toDimensions(group, row, findEmail);
          const parts = sort === undefined ? (row.parts ?? []) : sortCostRows(row.parts ?? [], ...order);
          return parts.map((part) => ({
            ...toExportRow(part, { ...own, ...toDimensions(split, part, findEmail) }),
            ...(row.month === undefined ? {} : { month: row.month }),
          }));
        });
  const fileName = costReportFileName(scope.range);
  const after = {
    group,
    ...(split === null ? {} : { split }),
    range: scope.range.text,
    zone: scope.range.zone,
    ...scope.filter,
    rows: rows.length,
  };
  const fact = { action: "costs.export", object: { kind: "report", id: fileName }, after };
  await inTransaction(deps.db, (tx) => recordAudit(tx, actor, fact, deps.now()));
  return { fileName, lines: csvLines(buildColumns([group, split], scope.range.zone, scope.previous !== null), rows) };
}

const toExportRow = (row: CostTableRow, dimensions: ExportRow["dimensions"]): ExportRow => ({
  dimensions,
  totals: totalsOfView(row.figures),
  previousCostNanoUsd: row.previousCostNanoUsd,
  previousUnpriced: row.previousUnpriced,
  previousPlanUnpriced: row.previousPlanUnpriced,
  ...(row.month === undefined ? {} : { month: row.month }),
});

function toDimensions(
  group: CostGroup,
  { key, label }: CostTableRow,
  findEmail: (personId: string) => string,
): ExportRow["dimensions"] {
  // Names of keys are not unique: the id stands beside them.
  if (group === "key") return { proxy_key: key === "" ? "" : label, proxy_key_id: key };
  return { [reportDimensions[group][0]]: group === "person" ? findEmail(key) : key };
}

/** Whether the month of a row is closed, and at what of all its traffic. */
const monthColumns: readonly CsvColumn<ExportRow>[] = [
  { header: "month_state", kind: "text", value: ({ month }) => month?.state ?? null },
  {
    header: "closed_cost_usd",
    kind: "number",
    value: ({ month }) => (month?.closedNanoUsd == null ? null : toDollars(BigInt(month.closedNanoUsd))),
  },
];

function buildColumns([group, split]: CostGroups, zone: string, isCompared: boolean): CsvColumn<ExportRow>[] {
  const dimensions = [...reportDimensions[group], ...(split === null ? [] : reportDimensions[split])];
  const isMonthly = group === "month" || split === "month";
  const columns = [...costReportColumns(dimensions, zone), ...(isMonthly ? monthColumns : [])];
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
export async function readEmails(hasPeople: boolean, deps: ControlDeps): Promise<(key: string) => string> {
  if (!hasPeople) return (key) => key;
  const known = new Map((await listPeople(deps.db)).map((person) => [person.id, person.email]));
  return (key) => known.get(key) ?? key;
}
