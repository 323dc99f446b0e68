import { alikeStatement, type RowsInsert } from "./alike-rows.ts";
import { isThereAlready } from "./database-errors.ts";
import { insertByColumns } from "./insert-by-columns.ts";
import type { SqlConnection, SqlRow, SqlValue } from "./sql.ts";

/** Rows per statement on SQLite, largest first: few sizes, so that every statement is a prepared one. */
const ROWS_AT_ONCE = [20, 5, 1];

/** Runs the statement; rows are in the order of the columns. Returns the rows of the statement's RETURNING clause. */
export function insertRows(
  connection: SqlConnection,
  insert: RowsInsert,
  rows: readonly SqlValue[][],
): Promise<SqlRow[]> {
  return connection.dialect === "sqlite"
    ? asValues(connection, insert, rows)
    : insertByColumns(connection, insert, rows);
}

/**
 * Inserts rows that are nearly always new, with an `id` first. They are inserted without a check, which saves SQLite
 * a table of what to return; a statement that meets an existing row is undone, and run again as `insertRows` would.
 * Returns the ids that are new.
 */
export async function insertNewRows(
  connection: SqlConnection,
  insert: RowsInsert,
  rows: readonly SqlValue[][],
): Promise<string[]> {
  if (connection.dialect !== "sqlite") return listIds(await insertByColumns(connection, insert, rows));
  const fresh: string[] = [];
  let from = 0;
  for (const size of ROWS_AT_ONCE) {
    for (; rows.length - from >= size; from += size) {
      const some = rows.slice(from, from + size);
      try {
        const { sql, values } = alikeStatement(insert, some);
        await connection.all(sql, values);
        for (const [id] of some) fresh.push(String(id));
      } catch (error) {
        if (!isThereAlready(error)) throw error;
        const values = flattenValues(rows, from, size);
        fresh.push(...listIds(await connection.all(valuesStatement(insert, size), values)));
      }
    }
  }
  return fresh;
}

const listIds = (rows: readonly SqlRow[]): string[] => rows.map((row) => String(row.id));

/**
 * Binds values, at half the cost of SQLite's JSON functions, which search for the n-th element again for each column.
 */
async function asValues(connection: SqlConnection, insert: RowsInsert, rows: readonly SqlValue[][]): Promise<SqlRow[]> {
  const returned: SqlRow[] = [];
  let from = 0;
  for (const size of ROWS_AT_ONCE) {
    if (rows.length - from < size) continue;
    const sql = valuesStatement(insert, size);
    for (; rows.length - from >= size; from += size) {
      for (const row of await connection.all(sql, flattenValues(rows, from, size))) returned.push(row);
    }
  }
  return returned;
}

/** Flattens twenty rows of sixty cells into one list; `flat` takes five times as long. */
function flattenValues(rows: readonly SqlValue[][], from: number, size: number): SqlValue[] {
  const values: SqlValue[] = [];
  for (let at = from; at < from + size; at += 1) for (const value of rows[at] ?? []) values.push(value);
  return values;
}

const statements = new WeakMap<RowsInsert, Map<number, string>>();

function valuesStatement(insert: RowsInsert, size: number): string {
  const known = statements.get(insert) ?? new Map<number, string>();
  statements.set(insert, known);
  const text = known.get(size) ?? writeStatement(insert, size);
  known.set(size, text);
  return text;
}

function writeStatement({ table, columns, onConflict }: RowsInsert, size: number): string {
  const placeholders = `(${columns.map(() => "?").join(",")})`;
  return `INSERT INTO "${table}" (${quoteNames(columns)}) VALUES ${Array(size).fill(placeholders).join(",")} ${onConflict}`;
}

const quoteNames = (columns: readonly string[]): string => columns.map((column) => `"${column}"`).join(", ");
