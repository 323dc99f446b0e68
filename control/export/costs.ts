import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { costColumns, costReportFileName } from "#core/report/cost-report.ts";
import { csvHeader, csvLine } from "#core/report/csv.ts";
import { type ExportColumn, formatJsonLine, toCsvColumn, toJsonRow } from "#core/report/export-column.ts";
import { type FocusRow, type FocusVersion, focusColumns, focusVersions } from "#core/report/focus.ts";
import { inTransaction } from "#store/transaction.ts";
import { recordAudit } from "../audit/record.ts";
import { reportDimensions } from "../costs/export.ts";
import { costScope } from "../costs/scope.ts";
import type { ControlDeps } from "../deps.ts";
import { checkArchived } from "../retention/archived-events.ts";
import { TableEncoder } from "../retention/parquet.ts";
import { type CostExportRow, readCostRows } from "./cost-rows.ts";
import { readFocusRows } from "./focus-rows.ts";
import { chooseColumns, type ExportQuestion, readQuestion } from "./input.ts";

/** Rows that a dry run shows. */
const DRY_RUN_ROWS = 20;

interface Export {
  fileName: string;
  contentType: string;
  /** The file piece by piece, made while it is read. */
  pieces: AsyncGenerator<string | Uint8Array>;
}

/** What an export would hold: its columns and its first rows as they would be written. */
export interface ExportPreview {
  fileName: string;
  range: string;
  zone: string;
  columns: string[];
  rows: Record<string, string | number | null>[];
  /** Whether the file has more rows. */
  hasMore: boolean;
}

/** How a format writes a table. */
interface Table<Row> {
  names: string[];
  pages: AsyncGenerator<Row[]>;
  toPreview: (row: Row) => Record<string, string | number | null>;
  write: (pages: AsyncGenerator<Row[]>) => AsyncGenerator<string | Uint8Array>;
}

const CONTENT_TYPES = {
  csv: "text/csv; charset=utf-8",
  focus: "text/csv; charset=utf-8",
  jsonl: "application/x-ndjson; charset=utf-8",
  parquet: "application/vnd.apache.parquet",
} as const;

/**
 * Exports the costs of a range as CSV, JSON lines, Parquet or FOCUS, with the amounts of the page Costs. With `dryRun` the
 * first rows are given instead of the file. Every export is in the audit log, a dry run too.
 */
export async function exportCostData(actor: Actor, input: unknown, deps: ControlDeps): Promise<Export | ExportPreview> {
  requirePermission(actor, "costs.export");
  const { question, range, isReportingZone } = await readQuestion(input, deps);
  const { format, dryRun, focusVersion, ...asked } = question;
  const { filter } = await costScope(toFilterInput(question), deps);
  const scope = { range, filter, isReportingZone };
  const version = focusVersion ?? focusVersions[0];
  const ending = { csv: "csv", focus: `focus-${version}.csv`, jsonl: "jsonl", parquet: "parquet" }[format];
  const fileName = costReportFileName(range, ending);
  const table =
    format === "focus"
      ? buildFocusTable(version, readFocusRows({ ...scope, proven: await checkArchived(range, deps) }, deps))
      : buildCostTable(question, scope, deps);
  const after = {
    ...asked,
    format,
    ...(format === "focus" ? { focusVersion: version } : {}),
    zone: range.zone,
    ...filter,
  };
  const fact = {
    action: "costs.export",
    object: { kind: "report", id: fileName },
    after: { ...after, dryRun: dryRun === "yes" },
  };
  await inTransaction(deps.db, (tx) => recordAudit(tx, actor, fact, deps.now()));
  if (dryRun === "yes") return previewTable(table as Table<unknown>, { fileName, range: range.text, zone: range.zone });
  return { fileName, contentType: CONTENT_TYPES[format], pieces: writeTable(table as Table<unknown>) };
}

const toFilterInput = ({ project, team, model, person }: ExportQuestion): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ project, team, model, person }).flatMap(([name, values]) =>
      values === undefined ? [] : [[name, values.join(",")]],
    ),
  );

const writeTable = (table: Table<unknown>): AsyncGenerator<string | Uint8Array> => table.write(table.pages);

async function previewTable(
  { names, pages, toPreview }: Table<unknown>,
  head: Pick<ExportPreview, "fileName" | "range" | "zone">,
): Promise<ExportPreview> {
  const rows: ExportPreview["rows"] = [];
  let hasMore = false;
  for await (const page of pages) {
    for (const row of page) {
      if (rows.length < DRY_RUN_ROWS) rows.push(toPreview(row));
      else hasMore = true;
    }
    if (hasMore) break;
  }
  return { ...head, columns: names, rows, hasMore };
}

function buildFocusTable(version: FocusVersion, pages: AsyncGenerator<FocusRow[]>): Table<FocusRow> {
  const columns = focusColumns(version);
  const toPreview = (row: FocusRow) =>
    Object.fromEntries(columns.map(({ header, value }) => [header, value(row)])) as Record<string, string | null>;
  return {
    names: columns.map(({ header }) => header),
    pages,
    toPreview,
    write: (all) => writeLines(csvHeader(columns), (row) => csvLine(columns, row), all),
  };
}

function buildCostTable(
  question: ExportQuestion,
  scope: Omit<Parameters<typeof readCostRows>[0], "groups" | "hasTotal">,
  deps: ControlDeps,
): Table<CostExportRow> {
  const { format, groupBy: groups = ["day"], total } = question;
  // A total among the rows is for people; a program would count it twice.
  const hasTotal = total === undefined ? format === "csv" : total === "yes";
  const kind: ExportColumn<CostExportRow> = {
    name: "row",
    kind: "text",
    value: ({ isTotal }) => (isTotal ? "total" : "group"),
  };
  const basis = { name: "cost_basis", kind: "text", value: () => "as recorded" } as const;
  const dimensions = groups.flatMap((group) => [...reportDimensions[group]]);
  const all: ExportColumn<CostExportRow>[] = [
    ...(hasTotal ? [kind] : []),
    ...costColumns(dimensions, scope.range.zone, [basis]),
  ];
  const columns = chooseColumns(all, question.columns);
  return {
    names: columns.map(({ name }) => name),
    pages: readCostRows({ ...scope, groups, hasTotal }, deps),
    toPreview: (row) => toJsonRow(columns, row),
    write: (pages) => writeRows(format, columns, pages),
  };
}

function writeRows(
  format: ExportQuestion["format"],
  columns: readonly ExportColumn<CostExportRow>[],
  pages: AsyncGenerator<CostExportRow[]>,
): AsyncGenerator<string | Uint8Array> {
  if (format === "parquet") return writeParquet(columns, pages);
  if (format === "jsonl") return writeLines("", (row) => formatJsonLine(columns, row), pages);
  const cells = columns.map(toCsvColumn);
  return writeLines(csvHeader(cells), (row) => csvLine(cells, row), pages);
}

async function* writeLines<Row>(
  head: string,
  toLine: (row: Row) => string,
  pages: AsyncGenerator<Row[]>,
): AsyncGenerator<string> {
  if (head !== "") yield head;
  for await (const page of pages) for (const row of page) yield toLine(row);
}

async function* writeParquet<Row>(
  columns: readonly ExportColumn<Row>[],
  pages: AsyncGenerator<Row[]>,
): AsyncGenerator<Uint8Array> {
  const encoder = new TableEncoder(columns);
  for await (const page of pages) yield encoder.page(page);
  yield encoder.end();
}
