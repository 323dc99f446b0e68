import { addDays, isDay } from "../time/instant.ts";
import {
  type BillClass,
  type ParsedReport,
  parseAmount,
  type ReportKind,
  type ReportLine,
  sumLines,
} from "./bill-record.ts";
import { type CsvRow, readCsvRows } from "./read-csv-rows.ts";
import { ProblemList, ReportError, SeenRows } from "./report-problems.ts";

const NANO_PER_USD = 1_000_000_000n;

const USAGE_COLUMNS = {
  usage_input_tokens_no_cache: "input",
  usage_input_tokens_cache_write_5m: "cacheWrite5m",
  usage_input_tokens_cache_write_1h: "cacheWrite1h",
  usage_input_tokens_cache_read: "cacheRead",
  usage_output_tokens: "output",
} as const satisfies Record<string, BillClass>;

const TOKEN_TYPES: Readonly<Record<string, BillClass>> = {
  input_no_cache: "input",
  input_cache_write_5m: "cacheWrite5m",
  input_cache_write_1h: "cacheWrite1h",
  input_cache_read: "cacheRead",
  output: "output",
};

const REQUIRED: Readonly<Record<ReportKind, readonly string[]>> = {
  usage: ["usage_date_utc", "model_version", ...Object.keys(USAGE_COLUMNS)],
  cost: ["usage_date_utc", "model", "token_type", "cost_usd"],
};
/** Columns that are counted, so that two rows may not agree in all others. */
const MEASURED = new Set([...Object.keys(USAGE_COLUMNS), "web_search_count", "cost_usd", "list_price_usd"]);

/** Reads a CSV of the provider's console, of its page of usage or of costs. */
export function parseCsvReport(text: string): ParsedReport {
  const list = new ProblemList();
  const read = list.collect(() => readRows(text));
  if (read === null) return { ok: false, problems: list.problems };
  const { kind, rows } = read;
  const seen = new SeenRows();
  const lines: ReportLine[] = [];
  const days: string[] = [];
  for (const row of rows) {
    list.collect(() => {
      const day = readDay(row);
      const dimensions = [...row.cells].filter(([name]) => !MEASURED.has(name)).sort();
      seen.add(dimensions, `line ${row.line}`);
      lines.push(...(kind === "usage" ? readUsage(row, day) : [readCost(row, day)]));
      days.push(day);
    });
  }
  if (list.problems.length > 0) return { ok: false, problems: list.problems };
  if (days.length === 0)
    return { ok: false, problems: [{ place: "line 2", message: "has no row: the report is empty" }] };
  return {
    ok: true,
    report: { kind, format: "csv", records: sumLines(lines), days: coveredDays(days), hasMore: false },
  };
}

/** Every day from the first to the last: a day without a row had no traffic. */
function coveredDays(days: readonly string[]): string[] {
  const sorted = [...days].sort();
  const last = sorted.at(-1) ?? "";
  const covered: string[] = [];
  for (let day = sorted[0] ?? last; day <= last; day = addDays(day, 1)) covered.push(day);
  return covered;
}

function readRows(text: string): { kind: ReportKind; rows: CsvRow[] } {
  const { header, rows } = readCsvRows(text);
  const kind: ReportKind = header.includes("cost_usd") || header.includes("token_type") ? "cost" : "usage";
  const missing = REQUIRED[kind].filter((name) => !header.includes(name));
  if (missing.length === 0) return { kind, rows };
  const other = header.find((name) => /date|day/.test(name));
  const [first] = missing;
  if (first === "usage_date_utc" && missing.length === 1 && other !== undefined)
    throw new ReportError(
      "line 1",
      `has ${other} but no usage_date_utc: days of another zone cannot be compared with the bill`,
    );
  throw new ReportError(
    "line 1",
    `has no column ${missing.join(", ")}: this is no usage report and no cost report of the provider’s console`,
  );
}

function readDay({ cells, line }: CsvRow): string {
  const day = cells.get("usage_date_utc") ?? "";
  // The usage page writes the hour too, where it shows hours.
  const found = /^(\d{4}-\d\d-\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.0+)?)?(?:Z|\+00:00)?)?$/.exec(day)?.[1];
  if (found !== undefined && isDay(found)) return found;
  if (/[+-]\d\d:?\d\d$/.test(day) && day.includes(":"))
    throw new ReportError(`line ${line}, usage_date_utc`, `is ${day}: it is of another zone than UTC`);
  throw new ReportError(
    `line ${line}, usage_date_utc`,
    `is ${JSON.stringify(day)}, which is no day such as 2026-11-01`,
  );
}

function readUsage(row: CsvRow, day: string): ReportLine[] {
  const model = readModel(row, "model_version");
  const batch = readBatch(row);
  const shared = { day, workspace: readWorkspace(row), amountNanoUsd: null, decimals: 0 };
  const lines: ReportLine[] = Object.entries(USAGE_COLUMNS).map(([column, tokenClass]) => ({
    ...shared,
    model,
    batch,
    tokenClass,
    count: readCount(row, column),
  }));
  const searches = row.cells.has("web_search_count") ? readCount(row, "web_search_count") : 0n;
  lines.push({ ...shared, model: null, batch: false, tokenClass: "webSearch", count: searches });
  return lines.filter(({ count }) => count !== 0n);
}

function readCost(row: CsvRow, day: string): ReportLine {
  const text = row.cells.get("cost_usd") ?? "";
  const amount = parseAmount(text, NANO_PER_USD);
  if (amount === null)
    throw new ReportError(`line ${row.line}, cost_usd`, `is ${JSON.stringify(text)}, which is no decimal number`);
  const costType = row.cells.get("cost_type") || "token";
  const isTokens = costType === "token" || costType === "tokens";
  const type = row.cells.get("token_type") ?? "";
  const known = Object.hasOwn(TOKEN_TYPES, type) ? TOKEN_TYPES[type] : undefined;
  if (isTokens && known === undefined)
    throw new ReportError(
      `line ${row.line}, token_type`,
      `is ${JSON.stringify(type)}, which is no token type of the report`,
    );
  const isSearch = costType === "web_search";
  return {
    day,
    model: isTokens ? readModel(row, "model") : isSearch ? null : row.cells.get("model") || costType,
    tokenClass: isTokens ? (known ?? "other") : isSearch ? "webSearch" : "other",
    workspace: readWorkspace(row),
    batch: isTokens ? readBatch(row) : false,
    count: null,
    amountNanoUsd: amount.nanoUsd,
    decimals: amount.decimals,
  };
}

function readModel({ cells, line }: CsvRow, column: string): string {
  const model = cells.get(column) ?? "";
  if (model === "") throw new ReportError(`line ${line}, ${column}`, "is empty");
  return model;
}

/** The console calls the workspace that has no id by this name. */
function readWorkspace({ cells }: CsvRow): string | null {
  const workspace = cells.get("workspace_id") || cells.get("workspace") || "";
  return workspace === "" || workspace === "Default" ? null : workspace;
}

function readBatch({ cells }: CsvRow): boolean | null {
  const type = cells.get("usage_type");
  return type === undefined || type === "" ? null : /batch/i.test(type);
}

function readCount({ cells, line }: CsvRow, column: string): bigint {
  const text = cells.get(column) ?? "";
  if (!/^\d{1,18}$/.test(text))
    throw new ReportError(`line ${line}, ${column}`, `is ${JSON.stringify(text)}, which is no whole number`);
  return BigInt(text);
}
