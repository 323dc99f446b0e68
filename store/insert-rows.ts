import type { SqlConnection, SqlRow, SqlValue } from "./sql-connection.ts";

/** How a table takes many rows at once: one statement for all of them, an order of magnitude cheaper than `createMany`. */
export interface RowsInsert {
  table: string;
  columns: readonly string[];
  /** Everything from ON CONFLICT on. */
  onConflict: string;
}

/** SQLite takes 32,766 values in one statement. */
const VALUES_MAX = 32_000;

/** Runs the statement; rows are in the order of the columns. Returns what the statement's RETURNING clause says. */
export function insertRows(
  connection: SqlConnection,
  insert: RowsInsert,
  rows: readonly SqlValue[][],
): Promise<SqlRow[]> {
  return connection.dialect === "sqlite" ? asValues(connection, insert, rows) : asJson(connection, insert, rows);
}

/** Bound values cost half of what SQLite's JSON functions cost, which look for the n-th element anew for each column. */
async function asValues(
  connection: SqlConnection,
  { table, columns, onConflict }: RowsInsert,
  rows: readonly SqlValue[][],
): Promise<SqlRow[]> {
  const rowsAtOnce = Math.floor(VALUES_MAX / columns.length);
  const placeholders = `(${columns.map(() => "?").join(",")})`;
  const returned: SqlRow[] = [];
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    const some = rows.slice(from, from + rowsAtOnce);
    const sql = `INSERT INTO "${table}" (${namesOf(columns)}) VALUES ${some.map(() => placeholders).join(",")} ${onConflict}`;
    for (const row of await connection.all(sql, some.flat())) returned.push(row);
  }
  return returned;
}

/** One parameter, whatever the number of rows: PostgreSQL's function wants objects. */
function asJson(
  connection: SqlConnection,
  { table, columns, onConflict }: RowsInsert,
  rows: readonly SqlValue[][],
): Promise<SqlRow[]> {
  const names = namesOf(columns);
  const source = `SELECT ${names} FROM jsonb_populate_recordset(NULL::"${table}", $1::jsonb)`;
  const objects = rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at]])));
  const json = JSON.stringify(objects, bigintAsText);
  return connection.all(`INSERT INTO "${table}" (${names}) ${source} ${onConflict}`, [json]);
}

const namesOf = (columns: readonly string[]): string => columns.map((column) => `"${column}"`).join(", ");

/** JSON has no bigint; as text the database converts it exactly to the column's type. */
const bigintAsText = (_: string, value: unknown): unknown => (typeof value === "bigint" ? value.toString() : value);
