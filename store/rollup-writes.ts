import { createHash } from "node:crypto";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { MeasureSums } from "#core/costs/measure-sums.ts";
import {
  addMeasures,
  QUARTER_S,
  type RollupDims,
  type RollupMeasures,
  rollupDimNames,
  rollupDims,
  toQuarterStart,
} from "#core/costs/rollup.ts";
import { addDays, dayStartMs, toDayKey } from "#core/time/instant.ts";
import type { RowsInsert } from "./alike-rows.ts";
import { addCacheUses } from "./cache-uses.ts";
import { insertRows } from "./insert-rows.ts";
import { dimColumns, dimValues, sumColumns, sumValues } from "./rollup-columns.ts";
import type { SqlConnection, SqlValue } from "./sql.ts";

/** One row of a rollup: the sums of events that share a bucket and every dimension. */
export interface RollupRow<Bucket extends string | number> {
  bucket: Bucket;
  dimsKey: string;
  dims: RollupDims;
  measures: RollupMeasures;
}

const buildUpsert = (table: string, bucketColumn: string): RowsInsert => ({
  table,
  columns: [bucketColumn, "dims_key", ...dimColumns, ...sumColumns, "last_at_ms"],
  onConflict: `ON CONFLICT ("${bucketColumn}", "dims_key") DO UPDATE SET ${[
    ...sumColumns.map((column) => `"${column}" = "${table}"."${column}" + excluded."${column}"`),
    `"last_at_ms" = CASE WHEN excluded."last_at_ms" > "${table}"."last_at_ms" THEN excluded."last_at_ms" ELSE "${table}"."last_at_ms" END`,
  ].join(", ")}`,
});

export const quarterUpsert = buildUpsert("rollup_quarter", "bucket_s");
const dayUpsert = buildUpsert("rollup_day", "day");
export const openingUpsert = buildUpsert("rollup_opening", "bucket_s");
const nextDayUpsert = buildUpsert("rollup_day_next", "day");

/** 128 bits of the SHA-256 of the dimensions: one short key instead of eleven columns. */
export const hashDims = (dims: RollupDims): string =>
  createHash("sha256")
    .update(JSON.stringify(dimValues(dims)))
    .digest("hex")
    .slice(0, 32);

/** Sums of events by quarter-hour and dimensions, while they are being added up. */
export class RollupSheet {
  private readonly byKey = new Map<string, { bucket: number; dims: RollupDims; sums: MeasureSums }>();

  add(event: RequestEvent): void {
    const bucket = toQuarterStart(event.startedAtMs);
    const dims = rollupDims(event);
    const key = toKey(bucket, dims);
    let entry = this.byKey.get(key);
    if (!entry) {
      entry = { bucket, dims, sums: new MeasureSums() };
      this.byKey.set(key, entry);
    }
    entry.sums.add(event);
  }

  rows(): RollupRow<number>[] {
    return [...this.byKey.values()].map(({ bucket, dims, sums }) => ({
      bucket,
      dimsKey: hashDims(dims),
      dims,
      measures: sums.measures(),
    }));
  }
}

/** No name holds a NUL (`eventProblem` sees to it), so no two groups share a key. */
function toKey(bucket: number, dims: RollupDims): string {
  let key = `${bucket}`;
  for (const name of rollupDimNames) key += `\0${dims[name]}`;
  return key;
}

/** The same sums by day. A quarter-hour lies in one day of every zone: the one it begins in, as `quartersOfDay` has it. */
function byDay(quarters: readonly RollupRow<number>[], zone: string): RollupRow<string>[] {
  const days = new Map<string, RollupRow<string>>();
  const dayOf = new Map<number, string>();
  for (const { bucket, dimsKey, dims, measures } of quarters) {
    const day = dayOf.get(bucket) ?? toDayKey(bucket * 1000, zone);
    dayOf.set(bucket, day);
    const key = `${day} ${dimsKey}`;
    const row = days.get(key);
    if (row) addMeasures(row.measures, measures);
    else days.set(key, { bucket: day, dimsKey, dims, measures: { ...measures } });
  }
  return [...days.values()];
}

/** Sums events by quarter-hour and dimensions. */
export function rollUp(events: readonly RequestEvent[]): RollupRow<number>[] {
  const sheet = new RollupSheet();
  for (const event of events) sheet.add(event);
  return sheet.rows();
}

/**
 * Adds events to both rollups, and to what is built of the next zone's days. Inside the transaction that inserted them,
 * and only those that were really new. Returns what was added, by quarter-hour.
 */
export async function addToRollups(
  connection: SqlConnection,
  events: readonly RequestEvent[],
  { zone, change }: { zone: string; change: { zone: string; nextDay: string } | null },
): Promise<RollupRow<number>[]> {
  const quarters = rollUp(events);
  await addQuartersEverywhere(connection, quarters, { zone, change });
  await addCacheUses(connection, events);
  return quarters;
}

/** Adds sums by quarter-hour to all rollups of the requests, and to what is built of the next zone's days. */
export async function addQuartersEverywhere(
  connection: SqlConnection,
  quarters: readonly RollupRow<number>[],
  { zone, change }: { zone: string; change: { zone: string; nextDay: string } | null },
): Promise<void> {
  await upsertRollups(connection, quarterUpsert, quarters);
  await upsertRollups(connection, dayUpsert, byDay(quarters, zone));
  // Days of the next zone that are not built yet are built from the quarter-hours, and so take these in.
  const built = change === null ? [] : byDay(quarters, change.zone).filter(({ bucket }) => bucket < change.nextDay);
  await upsertRollups(connection, nextDayUpsert, built);
}

/** Adds events to what is kept by quarter-hour, for a rebuild. */
export async function addQuarters(connection: SqlConnection, events: readonly RequestEvent[]): Promise<void> {
  await upsertRollups(connection, quarterUpsert, rollUp(events));
  await addCacheUses(connection, events);
}

/**
 * Adds rows to a rollup, in the order of their keys. Two instances then never wait for each other's rows in a circle.
 */
export async function upsertRollups(
  connection: SqlConnection,
  statement: RowsInsert,
  rows: readonly RollupRow<string | number>[],
): Promise<void> {
  if (rows.length === 0) return;
  const cells = rows.map((row): SqlValue[] => [
    row.bucket,
    row.dimsKey,
    ...dimValues(row.dims),
    ...sumValues(row.measures),
    row.measures.lastAtMs,
  ]);
  const toRowKey = (row: SqlValue[]) => `${row[0]} ${row[1]}`;
  cells.sort((one, other) => (toRowKey(one) < toRowKey(other) ? -1 : 1));
  await insertRows(connection, statement, cells);
}

/**
 * Rebuilds `rollup_day` from `rollup_quarter`, for another reporting zone. Inside a transaction. Every zone's days begin
 * on a quarter-hour, so a day is a whole number of rows.
 */
export async function rebuildDayRows(connection: SqlConnection, zone: string): Promise<{ days: number }> {
  await connection.all("DELETE FROM rollup_day");
  await forgetCuts(connection);
  const [span] = await connection.all("SELECT MIN(bucket_s) AS first, MAX(bucket_s) AS last FROM rollup_quarter");
  if (!span || span.first === null || span.first === undefined) return { days: 0 };
  const last = toDayKey(Number(span.last) * 1000, zone);
  let days = 0;
  for (let day = toDayKey(Number(span.first) * 1000, zone); day <= last; day = addDays(day, 1)) {
    const { fromS, toS } = quartersOfDay(day, zone);
    await connection.all(dayFromQuarters("rollup_day"), [day, fromS, toS]);
    days += 1;
  }
  return { days };
}

/** Forgets the cuts of every day: the days are another zone's, or built again. Inside the transaction that changes them. */
export const forgetCuts = (connection: SqlConnection): Promise<unknown> => connection.all("DELETE FROM rollup_cut_day");

/** Builds one day of another zone beside the days in force. Inside a transaction. */
export async function buildNextDay(connection: SqlConnection, day: string, zone: string): Promise<void> {
  const { fromS, toS } = quartersOfDay(day, zone);
  await connection.all(dayFromQuarters("rollup_day_next"), [day, fromS, toS]);
}

const dayFromQuarters = (
  table: "rollup_day" | "rollup_day_next",
) => `INSERT INTO ${table} ("day", "dims_key", ${[...dimColumns, ...sumColumns].map((column) => `"${column}"`).join(", ")}, "last_at_ms")
  SELECT CAST($1 AS TEXT), "dims_key", ${dimColumns.map((column) => `MIN("${column}")`).join(", ")}, ${sumColumns.map((column) => `SUM("${column}")`).join(", ")}, MAX("last_at_ms")
  FROM rollup_quarter WHERE "bucket_s" >= $2 AND "bucket_s" < $3 GROUP BY "dims_key"`;

/** Zones of long ago had odd offsets; rounding up keeps every quarter-hour in exactly one day. */
export function quartersOfDay(day: string, zone: string): { fromS: number; toS: number } {
  const alignedS = (ms: number) => Math.ceil(ms / 1000 / QUARTER_S) * QUARTER_S;
  return { fromS: alignedS(dayStartMs(day, zone)), toS: alignedS(dayStartMs(addDays(day, 1), zone)) };
}
