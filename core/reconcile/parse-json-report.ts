import { MS_PER_DAY } from "../time/instant.ts";
import { toUtcDay } from "../time/utc-day.ts";
import {
  type BillClass,
  type ParsedReport,
  parseAmount,
  type ReportKind,
  type ReportLine,
  sumLines,
} from "./bill-record.ts";
import { ProblemList, ReportError, SeenRows } from "./report-problems.ts";

type Fields = Record<string, unknown>;

/** The provider writes cents. */
const NANO_PER_CENT = 10_000_000n;
const DECIMALS_OF_CENT = 2;

const COST_CLASSES: Readonly<Record<string, BillClass>> = {
  uncached_input_tokens: "input",
  "cache_creation.ephemeral_5m_input_tokens": "cacheWrite5m",
  "cache_creation.ephemeral_1h_input_tokens": "cacheWrite1h",
  cache_read_input_tokens: "cacheRead",
  output_tokens: "output",
};

/** Reads pages of `/v1/organizations/usage_report/messages` or `/v1/organizations/cost_report`. */
export function parseJsonReport(text: string): ParsedReport {
  const list = new ProblemList();
  const pages = list.collect(() => readPages(text));
  if (pages === null) return { ok: false, problems: list.problems };
  const reader = new JsonReader(list);
  for (const [at, page] of pages.entries())
    list.collect(() => reader.readPage(page, pages.length > 1 ? `page[${at}].` : ""));
  if (list.problems.length > 0) return { ok: false, problems: list.problems };
  return reader.result();
}

function readPages(text: string): unknown[] {
  const whole = parseOrNull(text);
  if (whole !== undefined) return Array.isArray(whole) ? whole : [whole];
  // One page a line, as `jq -c` and a loop over the pages write them.
  return text
    .split("\n")
    .map((line, at) => ({ line, at }))
    .filter(({ line }) => line.trim() !== "")
    .map(({ line, at }) => {
      const page = parseOrNull(line);
      if (page === undefined) throw new ReportError(`line ${at + 1}`, "is no JSON: give pages as the API answers them");
      return page;
    });
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

class JsonReader {
  private readonly list: ProblemList;
  private readonly lines: ReportLine[] = [];
  private readonly days = new Set<string>();
  private readonly seen = new SeenRows();
  private kind: ReportKind | null = null;
  private hasMore = false;

  constructor(list: ProblemList) {
    this.list = list;
  }

  readPage(page: unknown, prefix: string): void {
    const fields = toFields(page, prefix === "" ? "the report" : prefix.slice(0, -1));
    if (!Array.isArray(fields.data))
      throw new ReportError(`${prefix}data`, "is missing: this is no usage report and no cost report of the API");
    this.hasMore = fields.has_more === true;
    for (const [at, bucket] of fields.data.entries())
      this.list.collect(() => this.readBucket(bucket, `${prefix}data[${at}]`));
  }

  result(): ParsedReport {
    const days = [...this.days].sort();
    const kind = this.kind;
    if (kind === null || days.length === 0)
      return { ok: false, problems: [{ place: "data", message: "has no results: nothing can be compared with it" }] };
    return { ok: true, report: { kind, format: "json", records: sumLines(this.lines), days, hasMore: this.hasMore } };
  }

  private readBucket(bucket: unknown, place: string): void {
    const fields = toFields(bucket, place);
    const days = readDays(fields, place);
    if (!Array.isArray(fields.results)) throw new ReportError(`${place}.results`, "is missing or no list");
    for (const day of days) this.days.add(day);
    for (const [at, result] of fields.results.entries()) {
      const where = `${place}.results[${at}]`;
      this.list.collect(() =>
        this.readResult(toFields(result, where), { where, day: days[0] ?? "", start: fields.starting_at }),
      );
    }
  }

  private readResult(result: Fields, { where, day, start }: { where: string; day: string; start: unknown }): void {
    const kind: ReportKind = "amount" in result ? "cost" : "usage";
    if (this.kind !== null && this.kind !== kind)
      throw new ReportError(where, `is of a ${kind} report, the results before it are of a ${this.kind} report`);
    this.kind = kind;
    const dimensions = Object.entries(result).filter(([, value]) => typeof value === "string" || value === null);
    const measured = new Set(["amount", "currency"]);
    this.seen.add([start, ...dimensions.filter(([name]) => !measured.has(name)).sort()], where);
    if (kind === "cost") this.lines.push(readCost(result, day, where));
    else this.lines.push(...readUsage(result, day, where));
  }
}

function readCost(result: Fields, day: string, place: string): ReportLine {
  const { amount, currency } = result;
  const parsed = typeof amount === "string" ? parseAmount(amount, NANO_PER_CENT) : null;
  if (parsed === null) throw new ReportError(`${place}.amount`, "is no decimal number of cents in quotes");
  if (currency !== "USD")
    throw new ReportError(`${place}.currency`, `is ${JSON.stringify(currency)}: CCO counts in USD`);
  const costType = readText(result, "cost_type", place);
  if (costType === null)
    throw new ReportError(`${place}.cost_type`, "is null: ask for the report with group_by[]=description");
  const tokenClass =
    costType === "tokens" ? readTokenType(result, place) : costType === "web_search" ? "webSearch" : "other";
  const model = readText(result, "model", place);
  if (costType === "tokens" && model === null)
    throw new ReportError(`${place}.model`, "is null: ask for the report with group_by[]=description");
  return {
    day,
    model: costType === "tokens" ? model : costType === "web_search" ? null : (model ?? costType),
    tokenClass,
    workspace: readText(result, "workspace_id", place),
    batch: costType === "tokens" ? isBatch(result.service_tier) : false,
    count: null,
    amountNanoUsd: parsed.nanoUsd,
    decimals: parsed.decimals + DECIMALS_OF_CENT,
  };
}

function readTokenType(result: Fields, place: string): BillClass {
  const type = readText(result, "token_type", place);
  const tokenClass = type !== null && Object.hasOwn(COST_CLASSES, type) ? COST_CLASSES[type] : undefined;
  if (tokenClass === undefined)
    throw new ReportError(`${place}.token_type`, `is ${JSON.stringify(type)}, which is no token type of the report`);
  return tokenClass;
}

function readUsage(result: Fields, day: string, place: string): ReportLine[] {
  const written = toFields(result.cache_creation, `${place}.cache_creation`);
  const searches = result.server_tool_use == null ? {} : toFields(result.server_tool_use, `${place}.server_tool_use`);
  const counts: [BillClass, bigint][] = [
    ["input", readCount(result, "uncached_input_tokens", place)],
    ["cacheWrite5m", readCount(written, "ephemeral_5m_input_tokens", `${place}.cache_creation`)],
    ["cacheWrite1h", readCount(written, "ephemeral_1h_input_tokens", `${place}.cache_creation`)],
    ["cacheRead", readCount(result, "cache_read_input_tokens", place)],
    ["output", readCount(result, "output_tokens", place)],
    [
      "webSearch",
      "web_search_requests" in searches ? readCount(searches, "web_search_requests", `${place}.server_tool_use`) : 0n,
    ],
  ];
  const model = readText(result, "model", place);
  if (model === null) throw new ReportError(`${place}.model`, "is null: ask for the report with group_by[]=model");
  const shared = { day, workspace: readText(result, "workspace_id", place), amountNanoUsd: null, decimals: 0 };
  return counts
    .filter(([, count]) => count > 0n)
    .map(([tokenClass, count]) => ({
      ...shared,
      tokenClass,
      count,
      model: tokenClass === "webSearch" ? null : model,
      batch: tokenClass === "webSearch" ? false : isBatch(result.service_tier),
    }));
}

/** Null where the report is not grouped by the tier. */
const isBatch = (tier: unknown): boolean | null => (typeof tier === "string" ? tier === "batch" : null);

/**
 * Days of a bucket in UTC: one, or the one that an hour or a minute is in. A bucket that is no whole day of UTC would
 * put traffic on another day than the bill does.
 */
function readDays(bucket: Fields, place: string): string[] {
  const from = readInstant(bucket, "starting_at", place);
  const to = readInstant(bucket, "ending_at", place);
  if (to <= from) throw new ReportError(`${place}.ending_at`, "is not after starting_at");
  const day = toUtcDay(from);
  const isWithinDay = toUtcDay(to - 1) === day;
  const isPart = to - from <= MS_PER_DAY / 24;
  if (isWithinDay && (isPart || to - from === MS_PER_DAY)) return [day];
  if (to - from > MS_PER_DAY)
    throw new ReportError(`${place}.ending_at`, "is more than a day after starting_at: ask for bucket_width=1d");
  throw new ReportError(
    `${place}.starting_at`,
    `is ${String(bucket.starting_at)}: a day of the bill begins at 00:00 UTC, this bucket is of another zone`,
  );
}

function readInstant(bucket: Fields, name: string, place: string): number {
  const text = bucket[name];
  const isInstant =
    typeof text === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  // The pattern asks for a zone, so the text is the same instant on any machine.
  const ms = isInstant ? new Date(text).getTime() : Number.NaN;
  if (Number.isNaN(ms))
    throw new ReportError(`${place}.${name}`, "is no instant with its zone, such as 2026-11-01T00:00:00Z");
  return ms;
}

function toFields(value: unknown, place: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new ReportError(place, "is missing or no object: this is a report of another shape");
  return value as Fields;
}

function readText(fields: Fields, name: string, place: string): string | null {
  const value = fields[name];
  if (value === undefined || value === null || value === "") return null;
  if (typeof value !== "string") throw new ReportError(`${place}.${name}`, "is no text");
  return value;
}

function readCount(fields: Fields, name: string, place: string): bigint {
  const value = fields[name];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
    throw new ReportError(`${place}.${name}`, value === undefined ? "is missing" : "is no whole number");
  return BigInt(value);
}
