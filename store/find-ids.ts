import { columnArray } from "./column-arrays.ts";
import type { SqlConnection, SqlRow } from "./sql.ts";

/** Below the most values that a statement of SQLite may have; PostgreSQL takes any number as one value. */
const IDS_AT_ONCE = 500;

/** Finds those of the ids that stand in a table. Any number may be asked for. */
export async function findIds(
  connection: SqlConnection,
  table: "event_row" | "request_event" | "counted_event",
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const atOnce = connection.dialect === "postgresql" ? ids.length : IDS_AT_ONCE;
  for (let from = 0; from < ids.length; from += atOnce)
    for (const { id } of await findSome(connection, table, ids.slice(from, from + atOnce))) found.add(String(id));
  return found;
}

function findSome(connection: SqlConnection, table: string, ids: readonly string[]): Promise<SqlRow[]> {
  const select = `SELECT id FROM ${table} WHERE id`;
  if (connection.dialect === "sqlite")
    return connection.all(`${select} IN (${ids.map((_, at) => `$${at + 1}`).join(", ")})`, ids);
  const rows = ids.map((id) => [id]);
  return connection.all(`${select} = ANY(CAST($1 AS text[]))`, [columnArray("text", rows, 0)]);
}
