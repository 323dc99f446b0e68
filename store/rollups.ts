import { type SummedMeasure, summedMeasures } from "#core/costs/rollup.ts";
import { queryRows, type SqlSource, toBigInt } from "./raw.ts";
import { dimColumn, type RollupDim, sumColumn } from "./rollup-columns.ts";
import type { SqlRow, SqlValue } from "./sql.ts";

/** Keeps rows whose dimension is one of the values listed; an empty list keeps none, an absent one all. */
export type RollupFilters = Partial<Record<RollupDim, readonly (string | number)[]>>;

type RollupSums = Record<SummedMeasure, bigint> & { lastAtMs: bigint };
/** Sums of a group, with the dimensions it was grouped by. */
export type RollupGroup<Dim extends string> = {
  [name in Dim]: name extends "ruleVersion" | "bucketS" ? number : string;
} & RollupSums;

/**
 * Exact sums over days of the reporting zone, `fromDay` inclusive, `toDay` exclusive. One row per group, in no order
 * that may be relied on. No groups: exactly one row, also when there was nothing.
 */
export function sumRollupDays<Dim extends RollupDim | "day">(
  source: SqlSource,
  range: { fromDay: string; toDay: string; filters?: RollupFilters },
  groupBy: readonly Dim[],
): Promise<RollupGroup<Dim>[]> {
  return sumRollup(source, "rollup_day", "day", [range.fromDay, range.toDay], range.filters ?? {}, groupBy);
}

/** The same over UTC quarter-hours, `fromMs` inclusive, `toMs` exclusive; both are rounded down to a quarter-hour. */
export function sumRollupQuarters<Dim extends RollupDim | "bucketS">(
  source: SqlSource,
  range: { fromMs: number; toMs: number; filters?: RollupFilters },
  groupBy: readonly Dim[],
): Promise<RollupGroup<Dim>[]> {
  const bounds: [number, number] = [Math.floor(range.fromMs / 900_000) * 900, Math.floor(range.toMs / 900_000) * 900];
  return sumRollup(source, "rollup_quarter", "bucket_s", bounds, range.filters ?? {}, groupBy);
}

const sums = [
  ...summedMeasures.map((name) => `SUM("${sumColumn(name)}") AS "${name}"`),
  'MAX("last_at_ms") AS "lastAtMs"',
].join(", ");

async function sumRollup<Dim extends RollupDim | "day" | "bucketS">(
  source: SqlSource,
  table: "rollup_day" | "rollup_quarter",
  bucketColumn: "day" | "bucket_s",
  [from, to]: readonly [SqlValue, SqlValue],
  filters: RollupFilters,
  groupBy: readonly Dim[],
): Promise<RollupGroup<Dim>[]> {
  const values: SqlValue[] = [from, to];
  const conditions = [`"${bucketColumn}" >= $1`, `"${bucketColumn}" < $2`];
  for (const [name, allowed] of Object.entries(filters)) {
    if (allowed === undefined) continue;
    const placeholders = allowed.map((value) => `$${values.push(value)}`);
    conditions.push(
      allowed.length === 0 ? "1 = 0" : `"${dimColumn(name as RollupDim)}" IN (${placeholders.join(", ")})`,
    );
  }
  const columns = groupBy.map((name) =>
    name === "day" || name === "bucketS" ? bucketColumn : dimColumn(name as RollupDim),
  );
  const selected = columns.map((column, at) => `"${column}" AS "${groupBy[at]}", `).join("");
  const grouped = columns.length > 0 ? `GROUP BY ${columns.map((column) => `"${column}"`).join(", ")}` : "";
  const sql = `SELECT ${selected}${sums} FROM ${table} WHERE ${conditions.join(" AND ")} ${grouped}`;
  return (await queryRows(source, sql, values)).map((row) => toGroup(row, groupBy));
}

function toGroup<Dim extends string>(row: SqlRow, groupBy: readonly Dim[]): RollupGroup<Dim> {
  const dims = groupBy.map((name) => [
    name,
    name === "ruleVersion" || name === "bucketS" ? Number(row[name]) : String(row[name]),
  ]);
  const measures = [...summedMeasures, "lastAtMs"].map((name) => [name, toBigInt(row[name])]);
  return Object.fromEntries([...dims, ...measures]) as RollupGroup<Dim>;
}
