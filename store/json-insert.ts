import type { SqlConnection, SqlValue } from "./sql-connection.ts";

/** How a table takes many rows at once: one statement, one JSON parameter (an order of magnitude cheaper than `createMany`). */
export interface JsonInsert {
  table: string;
  columns: readonly string[];
  /** Everything from ON CONFLICT on. */
  onConflict: string;
}

/** Runs the statement; rows are in the order of the columns. Returns what the statement's RETURNING clause says. */
export function insertAsJson(connection: SqlConnection, insert: JsonInsert, rows: readonly SqlValue[][]) {
  const isSqlite = connection.dialect === "sqlite";
  const sql = cached(insert, isSqlite);
  const values = isSqlite
    ? rows
    : rows.map((row) => Object.fromEntries(insert.columns.map((name, at) => [name, row[at]])));
  return connection.all(sql, [JSON.stringify(values, bigintAsText)]);
}

const statements = new WeakMap<JsonInsert, Map<boolean, string>>();

function cached(insert: JsonInsert, isSqlite: boolean): string {
  const known = statements.get(insert) ?? new Map<boolean, string>();
  statements.set(insert, known);
  const sql = known.get(isSqlite) ?? statementOf(insert, isSqlite);
  known.set(isSqlite, sql);
  return sql;
}

/**
 * Rows travel as arrays on SQLite (looking up fifty names per row costs twice the time) and as objects on PostgreSQL,
 * whose function wants them. `WHERE true` is what SQLite's grammar asks for between a SELECT and ON CONFLICT.
 */
function statementOf({ table, columns, onConflict }: JsonInsert, isSqlite: boolean): string {
  const names = columns.map((column) => `"${column}"`).join(", ");
  const source = isSqlite
    ? `SELECT ${columns.map((_, at) => `json_extract(value, '$[${at}]')`).join(", ")} FROM json_each($1) WHERE true`
    : `SELECT ${names} FROM jsonb_populate_recordset(NULL::"${table}", $1::jsonb)`;
  return `INSERT INTO "${table}" (${names}) ${source} ${onConflict}`;
}

/** JSON has no bigint; as text both databases convert it exactly to the column's type. */
const bigintAsText = (_: string, value: unknown): unknown => (typeof value === "bigint" ? value.toString() : value);
