import type { RequestEvent } from "#core/activity/request-event.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { priceRequest } from "#core/costs/price-request.ts";
import { quarterOf } from "#core/costs/rollup.ts";
import { dayKeyOf } from "#core/time/instant.ts";
import { eventPages } from "./events.ts";
import { dayZone } from "./ledger-writes.ts";
import { sumColumns, sumValues } from "./rollup-columns.ts";
import { quartersOfDay, RollupSheet } from "./rollup-writes.ts";
import type { SqlConnection, SqlRow, SqlValue } from "./sql-connection.ts";

export interface LedgerVerdict {
  /** Rollups equal the events, and every price of this release's list is reproduced. */
  ok: boolean;
  events: number;
  /** Events whose cost is not known: shown as such everywhere, never as zero. */
  unpriced: number;
  /** Events priced with the given catalogue's price list, and priced again. */
  repriced: number;
  /** The first differences, in words. */
  problems: string[];
}

const PROBLEMS_MAX = 20;

/**
 * Recomputes both rollups from the events, and the costs from the price list where it is the one they were priced with.
 * Reads one moment of the database, so traffic may go on. Holds one quarter-hour in memory at a time.
 */
export function verifyLedger(connection: SqlConnection, catalogue: Catalogue | null = null): Promise<LedgerVerdict> {
  return connection.snapshot(async () => {
    const found: LedgerVerdict = { ok: true, events: 0, unpriced: 0, repriced: 0, problems: [] };
    const report = (problem: string) => {
      found.ok = false;
      if (found.problems.length < PROBLEMS_MAX) found.problems.push(problem);
    };
    await verifyQuarters(connection, report, (event) => {
      found.events += 1;
      if (event.costNanoUsd === null) found.unpriced += 1;
      if (!catalogue || !isRepriceable(event, catalogue)) return;
      found.repriced += 1;
      const cost = costAgain(event, catalogue);
      if (cost !== event.costNanoUsd) report(`event ${event.id} costs ${event.costNanoUsd}, by the price list ${cost}`);
    });
    await verifyDays(connection, report);
    return found;
  });
}

type Report = (problem: string) => void;

async function verifyQuarters(connection: SqlConnection, report: Report, visit: (event: RequestEvent) => void) {
  let sheet = new RollupSheet();
  let open: number | null = null;
  let checkedToS = Number.MIN_SAFE_INTEGER;
  const close = async (toS: number) => {
    const rows = await connection.all(quarterRows, [checkedToS, toS]);
    const wanted = sheet
      .rows()
      .map((row) => [`${row.bucket} ${row.dimsKey}`, [...sumValues(row.measures), row.measures.lastAtMs]] as const);
    compare("quarter-hour", new Map(wanted), mapOf(rows), report);
    sheet = new RollupSheet();
    checkedToS = toS;
  };
  for await (const events of eventPages(connection)) {
    for (const event of events) {
      const bucket = quarterOf(event.startedAtMs);
      if (open !== null && bucket !== open) await close(bucket);
      open = bucket;
      sheet.add(event);
      visit(event);
    }
  }
  await close(Number.MAX_SAFE_INTEGER);
}

async function verifyDays(connection: SqlConnection, report: Report) {
  const zone = await dayZone(connection, false);
  const days = new Set((await connection.all("SELECT DISTINCT day FROM rollup_day")).map((row) => String(row.day)));
  const buckets = await connection.all("SELECT DISTINCT bucket_s FROM rollup_quarter");
  for (const row of buckets) days.add(dayKeyOf(Number(row.bucket_s) * 1000, zone));
  for (const day of [...days].sort()) {
    const { fromS, toS } = quartersOfDay(day, zone);
    const wanted = await connection.all(dayFromQuarters, [day, fromS, toS]);
    const got = await connection.all(dayRows, [day]);
    compare("day", mapOf(wanted), mapOf(got), report);
  }
}

const columns = [...sumColumns, "last_at_ms"];
const plainColumns = columns.map((column) => `"${column}"`).join(", ");
const quarterRows = `SELECT bucket_s AS bucket, dims_key, ${plainColumns} FROM rollup_quarter WHERE bucket_s >= $1 AND bucket_s < $2`;
const dayRows = `SELECT day AS bucket, dims_key, ${plainColumns} FROM rollup_day WHERE day = $1`;
const dayFromQuarters = `SELECT CAST($1 AS TEXT) AS bucket, dims_key, ${sumColumns.map((column) => `SUM("${column}") AS "${column}"`).join(", ")}, MAX(last_at_ms) AS last_at_ms
  FROM rollup_quarter WHERE bucket_s >= $2 AND bucket_s < $3 GROUP BY dims_key`;

const mapOf = (rows: readonly SqlRow[]): Map<string, SqlValue[]> =>
  new Map(rows.map((row) => [`${row.bucket} ${row.dims_key}`, columns.map((column) => row[column] ?? null)]));

function compare(
  what: string,
  wanted: ReadonlyMap<string, readonly SqlValue[]>,
  got: ReadonlyMap<string, readonly SqlValue[]>,
  report: Report,
): void {
  for (const [key, values] of wanted) {
    const others = got.get(key);
    const at = values.findIndex((value, index) => value !== others?.[index]);
    if (!others) report(`the ${what} ${key} is missing`);
    else if (at !== -1) report(`the ${what} ${key} has ${columns[at]} ${others[at]}, by the events ${values[at]}`);
  }
  for (const key of got.keys()) if (!wanted.has(key)) report(`the ${what} ${key} belongs to no event`);
}

/** Work that was paid for at list price: not answered from our cache, not refused. */
const isRepriceable = (event: RequestEvent, catalogue: Catalogue): boolean =>
  event.priceVersion === catalogue.priceVersion && event.cache !== "hit" && event.usageState !== "none";

function costAgain(event: RequestEvent, catalogue: Catalogue): string | null {
  const served = event.servedModel ?? event.requestedModel;
  if (served === null) return null;
  const { usage, serviceTier, speed, inferenceGeo, startedAtMs } = event;
  const context = { serviceTier, speed, inferenceGeo };
  const priced = priceRequest({ requested: served, served, usage, context, atMs: startedAtMs }, catalogue);
  return priced.cost?.toString() ?? null;
}
