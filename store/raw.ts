import type { Database, Tx } from "./client.ts";
import type { QuerySource, SqlParameter, SqlRow } from "./sql.ts";

/** Source that executes SQL. */
export type SqlSource = Database | Tx | QuerySource;

/**
 * Queries rows with one portable statement, with the same types on both databases. Integers and sums are bigint, from
 * any type of the driver (number, bigint, Decimal). The text is ours, never input; input travels in `values`.
 */
export async function queryRows(
  source: SqlSource,
  sql: string,
  values: readonly SqlParameter[] = [],
): Promise<SqlRow[]> {
  if ("all" in source) return source.all(sql, values);
  const rows = await source.$queryRawUnsafe<Record<string, unknown>[]>(sql, ...values);
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])));
}

export const toBigInt = (value: SqlRow[string] | undefined): bigint =>
  value === null || value === undefined ? 0n : BigInt(value);

export const toNumber = (value: SqlRow[string] | undefined): number => Number(value ?? 0);

export const toText = (value: SqlRow[string] | undefined): string =>
  value === null || value === undefined ? "" : `${value}`;

export const textOrNull = (value: SqlRow[string] | undefined): string | null => (value == null ? null : `${value}`);

export const numberOrNull = (value: SqlRow[string] | undefined): number | null =>
  value == null ? null : Number(value);

export const bigintOrNull = (value: SqlRow[string] | undefined): bigint | null =>
  value == null ? null : BigInt(value);

function plain(value: unknown): SqlRow[string] {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (value instanceof Date) return value.toISOString();
  const text = String(value); // a Decimal
  return /^-?\d+$/.test(text) ? BigInt(text) : Number(text);
}
