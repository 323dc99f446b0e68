import { createHash } from "node:crypto";
import type { RequestEvent } from "#core/activity/request-event.ts";
import {
  addMeasures,
  emptyMeasures,
  QUARTER_S,
  quarterOf,
  type RollupDims,
  type RollupMeasures,
  rollupDims,
  rollupMeasures,
} from "#core/costs/rollup.ts";
import { addDays, dayKeyOf, dayStartMs } from "#core/time/instant.ts";
import { insertRows, type RowsInsert } from "./insert-rows.ts";
import { dimColumns, dimValues, sumColumns, sumValues } from "./rollup-columns.ts";
import type { SqlConnection, SqlValue } from "./sql-connection.ts";

/** One row of a rollup: the sums of events that share a bucket and every dimension. */
export interface RollupRow<Bucket extends string | number> {
  bucket: Bucket;
  dimsKey: string;
  dims: RollupDims;
  measures: RollupMeasures;
}

const upsertOf = (table: string, bucketColumn: string): RowsInsert => ({
  table,
  columns: [bucketColumn, "dims_key", ...dimColumns, ...sumColumns, "last_at_ms"],
  onConflict: `ON CONFLICT ("${bucketColumn}", "dims_key") DO UPDATE SET ${[
    ...sumColumns.map((column) => `"${column}" = "${table}"."${column}" + excluded."${column}"`),
    `"last_at_ms" = CASE WHEN excluded."last_at_ms" > "${table}"."last_at_ms" THEN excluded."last_at_ms" ELSE "${table}"."last_at_ms" END`,
  ].join(", ")}`,
});

const quarterUpsert = upsertOf("rollup_quarter", "bucket_s");
const dayUpsert = upsertOf("rollup_day", "day");

/** 128 bits of the SHA-256 of the dimensions: one short key instead of eleven columns. */
export const dimsKeyOf = (dims: RollupDims): string =>
  createHash("sha256")
    .update(JSON.stringify(dimValues(dims)))
    .digest("hex")
    .slice(0, 32);

/** Sums of events by bucket and dimensions, while they are being added up. */
export class RollupSheet<Bucket extends string | number> {
  private readonly byKey = new Map<string, RollupRow<Bucket>>();

  add(event: RequestEvent, bucket: Bucket): void {
    const dims = rollupDims(event);
    const key = JSON.stringify([bucket, ...dimValues(dims)]);
    let row = this.byKey.get(key);
    if (!row) {
      row = { bucket, dimsKey: dimsKeyOf(dims), dims, measures: emptyMeasures() };
      this.byKey.set(key, row);
    }
    addMeasures(row.measures, rollupMeasures(event));
  }

  rows(): RollupRow<Bucket>[] {
    return [...this.byKey.values()];
  }
}

function rollUp<Bucket extends string | number>(
  events: readonly RequestEvent[],
  bucketOf: (event: RequestEvent) => Bucket,
): RollupRow<Bucket>[] {
  const sheet = new RollupSheet<Bucket>();
  for (const event of events) sheet.add(event, bucketOf(event));
  return sheet.rows();
}

/** Adds events to both rollups. Inside the transaction that inserted them, and only those that were really new. */
export async function addToRollups(
  connection: SqlConnection,
  events: readonly RequestEvent[],
  zone: string,
): Promise<void> {
  if (events.length === 0) return;
  await upsert(
    connection,
    quarterUpsert,
    rollUp(events, (event) => quarterOf(event.startedAtMs)),
  );
  await upsert(
    connection,
    dayUpsert,
    rollUp(events, (event) => dayKeyOf(event.startedAtMs, zone)),
  );
}

export const addQuarters = (connection: SqlConnection, events: readonly RequestEvent[]): Promise<void> =>
  upsert(
    connection,
    quarterUpsert,
    rollUp(events, (event) => quarterOf(event.startedAtMs)),
  );

/** In the order of their keys, so that two instances never wait for each other's rows in a circle. */
async function upsert(
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
  const keyOf = (row: SqlValue[]) => `${row[0]} ${row[1]}`;
  cells.sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  await insertRows(connection, statement, cells);
}

/**
 * Makes `rollup_day` anew from `rollup_quarter`, for another reporting zone. Inside a transaction. Every zone's days begin
 * on a quarter-hour, so a day is a whole number of rows.
 */
export async function rebuildDayRows(connection: SqlConnection, zone: string): Promise<{ days: number }> {
  await connection.all("DELETE FROM rollup_day");
  const [span] = await connection.all("SELECT MIN(bucket_s) AS first, MAX(bucket_s) AS last FROM rollup_quarter");
  if (!span || span.first === null || span.first === undefined) return { days: 0 };
  const last = dayKeyOf(Number(span.last) * 1000, zone);
  let days = 0;
  for (let day = dayKeyOf(Number(span.first) * 1000, zone); day <= last; day = addDays(day, 1)) {
    const { fromS, toS } = quartersOfDay(day, zone);
    await connection.all(dayFromQuarters, [day, fromS, toS]);
    days += 1;
  }
  return { days };
}

const dayFromQuarters = `INSERT INTO rollup_day ("day", "dims_key", ${[...dimColumns, ...sumColumns].map((column) => `"${column}"`).join(", ")}, "last_at_ms")
  SELECT CAST($1 AS TEXT), "dims_key", ${dimColumns.map((column) => `MIN("${column}")`).join(", ")}, ${sumColumns.map((column) => `SUM("${column}")`).join(", ")}, MAX("last_at_ms")
  FROM rollup_quarter WHERE "bucket_s" >= $2 AND "bucket_s" < $3 GROUP BY "dims_key"`;

/** Zones of long ago had odd offsets; rounding up keeps every quarter-hour in exactly one day. */
export function quartersOfDay(day: string, zone: string): { fromS: number; toS: number } {
  const alignedS = (ms: number) => Math.ceil(ms / 1000 / QUARTER_S) * QUARTER_S;
  return { fromS: alignedS(dayStartMs(day, zone)), toS: alignedS(dayStartMs(addDays(day, 1), zone)) };
}
