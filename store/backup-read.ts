import {
  BACKUP_TABLES,
  type BackupRow,
  type BackupTable,
  COUNTED_TABLE,
  EVENT_ROW_COLUMNS,
  EVENT_TABLE,
  encodeCell,
  lastMigration,
  readColumns,
  type TableColumn,
} from "./backup-tables.ts";
import { EVENT_TABLES, eventCells } from "./event-columns.ts";
import { eventPages } from "./events.ts";
import type { SqlConnection, SqlRow, SqlValue } from "./sql.ts";

const ROWS_AT_ONCE = 1_000;
/**
 * Time for which a spool may still have records that the database has counted. It still has them for as long as a
 * request of the same file is open, which is far below a day.
 */
const COUNTED_FOR_MS = 86_400_000;

interface BackupReader {
  /** Whether events are read, or only the ids of the newest of them. */
  hasEvents: boolean;
  at: Date;
  /** Before the first page. */
  onBegin: (facts: { migration: string }) => Promise<void>;
  /** Awaited before the next page is read: no more than one page is in memory. */
  onRows: (table: string, rows: readonly BackupRow[]) => Promise<void>;
}

/**
 * Reads the tables of a backup page by page, all of one moment: writers go on meanwhile. A table without rows has one page
 * without rows.
 */
export function readForBackup(connection: SqlConnection, reader: BackupReader): Promise<void> {
  return connection.snapshot(async () => {
    await reader.onBegin({ migration: await lastMigration(connection) });
    for (const table of BACKUP_TABLES) await readTable(connection, table, table.name, reader);
    await readTable(connection, COUNTED_TABLE, COUNTED_TABLE.name, reader);
    if (reader.hasEvents) return readEvents(connection, reader);
    const sinceMs = reader.at.getTime() - COUNTED_FOR_MS;
    for (const name of EVENT_TABLES) {
      const newest = { name, key: ["ended_at_ms", "id"], where: `ended_at_ms >= ${sinceMs}` };
      await readTable(connection, newest, COUNTED_TABLE.name, reader);
    }
  });
}

async function readEvents(connection: SqlConnection, { onRows }: BackupReader): Promise<void> {
  let hasRead = false;
  for await (const events of eventPages(connection, {}, ROWS_AT_ONCE)) {
    hasRead = true;
    await onRows(
      EVENT_TABLE.name,
      events.map((event) => {
        const cells = eventCells(event);
        return Object.fromEntries(
          EVENT_ROW_COLUMNS.map(({ name, kind }, at) => [name, encodeCell(cells[at] ?? null, kind)]),
        );
      }),
    );
  }
  if (!hasRead) await onRows(EVENT_TABLE.name, []);
}

/** `as`: the table whose columns are taken, and in whose name the rows are handed over. */
async function readTable(
  connection: SqlConnection,
  table: BackupTable,
  as: string,
  { onRows }: BackupReader,
): Promise<void> {
  const columns = await readColumns(connection, as);
  const take = table.rowsAtOnce ?? ROWS_AT_ONCE;
  let after: SqlValue[] | null = null;
  let hasRead = false;
  for (;;) {
    const rows = await readPage(connection, table, columns, after, take);
    if (rows.length > 0 || !hasRead)
      await onRows(
        as,
        rows.map((row) => encodeRow(row, columns)),
      );
    hasRead = true;
    const last = rows.at(-1);
    if (last === undefined || rows.length < take) return;
    after = table.key.map((column) => last[column] ?? null);
  }
}

function readPage(
  connection: SqlConnection,
  { name, key, where }: BackupTable,
  columns: readonly TableColumn[],
  after: readonly SqlValue[] | null,
  take: number,
): Promise<SqlRow[]> {
  const names = (list: readonly string[]) => list.map((column) => `"${column}"`).join(", ");
  const places = key.map((_, at) => `$${at + 1}`).join(", ");
  const conditions = [
    ...(where === undefined ? [] : [where]),
    ...(after === null ? [] : [`(${names(key)}) > (${places})`]),
  ];
  const wanted = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
  const sql = `SELECT ${names(columns.map((column) => column.name))} FROM "${name}" ${wanted} ORDER BY ${names(key)} LIMIT ${take}`;
  return connection.all(sql, after ?? []);
}

const encodeRow = (row: SqlRow, columns: readonly TableColumn[]): BackupRow =>
  Object.fromEntries(columns.map(({ name, kind }) => [name, encodeCell(row[name] ?? null, kind)]));
