import { once } from "node:events";
import process from "node:process";
import * as z from "zod";
import { type ExportPreview, exportCostData } from "#control/export/costs.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { formatBytes } from "#core/report/format.ts";
import type { Parsed } from "./arguments.ts";
import { ask, askPieces, PARQUET_TYPE } from "./ask.ts";
import { CliError } from "./cli-error.ts";
import { costQuery, writeOut } from "./cost-query.ts";
import { findPeople } from "./known-people.ts";
import { writeWhole } from "./write-whole.ts";

/** Flags of these exports, and the parameter of the API that each is. */
const TEXT_FLAGS = { format: "format", "focus-version": "focusVersion", tz: "tz", columns: "columns" } as const;
const SWITCHES = ["total", "no-total", "dry-run"] as const;

/**
 * Whether the command asks for a file of `GET /api/export`. Without a flag of that it writes the CSV of the page Costs, which
 * stays the same to the byte.
 */
export const isTableExport = ({ text, flag }: Parsed): boolean =>
  Object.keys(TEXT_FLAGS).some((name) => text(name) !== null) ||
  SWITCHES.some((name) => flag(name)) ||
  text("group-by")?.includes(",") === true;

/** The file to write; null: standard output, which may be named as `-`. */
export function findOutputFile({ text }: Parsed): string | null {
  const file = text("output");
  return file === "-" ? null : file;
}

/** Exports costs in one of the formats, or shows what would be in the file. Resolves to the exit code. */
export async function exportTable(parsed: Parsed): Promise<number> {
  const query = await buildQuery(parsed);
  const file = findOutputFile(parsed);
  if (parsed.flag("dry-run")) {
    if (file !== null) throw new CliError(exitCodes.usage, "--dry-run writes no file: leave out --output");
    return showPreview(parsed, query);
  }
  const isParquet = query.format === "parquet";
  if (isParquet && file === null && process.stdout.isTTY)
    throw new CliError(exitCodes.usage, "Parquet is no text for a terminal", "name a file: -o costs.parquet");
  const mediaType = isParquet ? PARQUET_TYPE : query.format === "jsonl" ? "application/x-ndjson" : "text/csv";
  const pieces: Uint8Array[] = [];
  await askPieces(
    parsed,
    {
      path: `/api/export?${new URLSearchParams(query)}`,
      mediaType,
      local: async (actor, deps) => {
        const made = await exportCostData(actor, query, deps);
        return "pieces" in made ? made.pieces : [];
      },
    },
    async (piece) => {
      if (file !== null) pieces.push(Buffer.from(piece));
      else if (typeof piece === "string") await writeOut(piece);
      else if (!process.stdout.write(piece)) await once(process.stdout, "drain");
    },
  );
  if (file !== null) writeExport(parsed, file, Buffer.concat(pieces));
  return exitCodes.ok;
}

/** Writes the file, whole or not at all, and says so. */
export function writeExport({ output }: Parsed, file: string, bytes: Uint8Array): void {
  writeWhole(file, bytes);
  output.note(`wrote ${file}, ${formatBytes(bytes.length)}`);
}

async function buildQuery(parsed: Parsed): Promise<Record<string, string>> {
  const { text, flag } = parsed;
  if (flag("requests"))
    throw new CliError(exitCodes.usage, "--requests is a CSV of single requests: leave out the flags of a format");
  if (text("split") !== null)
    throw new CliError(exitCodes.usage, "--split is for the CSV of the page", "name both: --group-by project,model");
  if (flag("total") && flag("no-total")) throw new CliError(exitCodes.usage, "give --total or --no-total");
  const { cmp: _cmp, range, ...filters } = await findPeople(parsed, costQuery(parsed));
  const query: Record<string, string> = { ...filters, ...toRange(range ?? "30d") };
  for (const [name, parameter] of Object.entries(TEXT_FLAGS)) {
    const value = text(name);
    if (value !== null) query[parameter] = value;
  }
  const groups = text("group-by");
  if (groups !== null) query.groupBy = groups;
  if (flag("total") || flag("no-total")) query.total = flag("total") ? "yes" : "no";
  return query;
}

/** Two days are asked for apart, so that a refusal names the one that is wrong. */
function toRange(range: string): Record<string, string> {
  const [from = "", to] = range.split("..");
  return to ? { from, to } : { range };
}

const previewShape = z.object({
  fileName: z.string(),
  range: z.string(),
  zone: z.string(),
  columns: z.array(z.string()),
  rows: z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()]))),
  hasMore: z.boolean(),
});

/** Writes each row as lines of name and value: tables of forty columns fit no terminal. */
async function showPreview(parsed: Parsed, query: Record<string, string>): Promise<number> {
  const asked = { ...query, dryRun: "yes" };
  const preview = await ask<ExportPreview>(parsed, {
    path: `/api/export?${new URLSearchParams(asked)}`,
    shape: previewShape,
    local: async (actor, deps) => (await exportCostData(actor, asked, deps)) as ExportPreview,
  });
  const { data, note } = parsed.output;
  note(`${preview.fileName}: ${preview.columns.length} columns, days of ${preview.zone}; nothing was written`);
  for (const [at, row] of preview.rows.entries()) {
    data("");
    data(`row ${at + 1}`);
    for (const name of preview.columns) {
      const value = row[name];
      if (value !== null && value !== undefined) data(`  ${name}\t${value}`);
    }
  }
  note(preview.hasMore ? "… and more rows" : "these are all rows");
  return exitCodes.ok;
}
