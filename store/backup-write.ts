import type { RowsInsert } from "./alike-rows.ts";
import {
  BACKUP_TABLES,
  type BackupRow,
  COUNTED_TABLE,
  EVENT_ROW_COLUMNS,
  EVENT_TABLE,
  readColumns,
  type TableColumn,
} from "./backup-tables.ts";
import { EVENT_TABLES } from "./event-columns.ts";
import { EventMemory } from "./event-memory.ts";
import { WORD_COLUMNS } from "./event-words.ts";
import { insertRows } from "./insert-rows.ts";
import { toNumber } from "./raw.ts";
import type { SqlConnection, SqlValue } from "./sql.ts";

const ROWS_AT_ONCE = 500;
const ALL_TABLES = [...[...BACKUP_TABLES, COUNTED_TABLE].map(({ name }) => name), ...EVENT_TABLES];

/** Counts the rows of every table that a backup holds. */
export async function countBackupRows(connection: SqlConnection): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { name, where } of [...BACKUP_TABLES, COUNTED_TABLE])
    counts[name] = await countRows(connection, name, where);
  let events = 0;
  for (const name of EVENT_TABLES) events += await countRows(connection, name);
  counts[EVENT_TABLE.name] = events;
  return counts;
}

async function countRows(connection: SqlConnection, name: string, where?: string): Promise<number> {
  const wanted = where === undefined ? "" : ` WHERE ${where}`;
  const [row] = await connection.all(`SELECT COUNT(*) AS count FROM "${name}"${wanted}`);
  return toNumber(row?.count);
}

/**
 * Removes what a backup replaces, and what belongs to it: sessions of people, and what conversations were given. Inside the
 * transaction that fills the tables again. Words of events stay: a proxy that goes on meanwhile knows their ids.
 */
export async function emptyForRestore(connection: SqlConnection): Promise<void> {
  const tables = ["session_pin", "sign_in_session", "one_time_link", ...ALL_TABLES];
  const names = [...new Set(tables)].reverse();
  if (connection.dialect === "postgresql") {
    await connection.all("SET LOCAL lock_timeout = '10s'");
    await connection.all(`TRUNCATE ${names.map((name) => `"${name}"`).join(", ")}`);
  } else for (const name of names) await connection.all(`DELETE FROM "${name}"`);
}

/**
 * Why rows cannot be inserted. `unknown-column`: a newer release made them. `missing-column`: an older one did, and
 * this column has no default. `bad-cell`: a value is not of its column's kind.
 */
type RowProblem = "unknown-column" | "missing-column" | "bad-cell";

export class BackupRowError extends Error {
  constructor(
    readonly problem: RowProblem,
    readonly table: string,
    readonly column: string,
  ) {
    super(`${table}.${column}: ${problem}`);
    this.name = "BackupRowError";
  }
}

/** Inserts the rows of a backup into tables that were emptied, in one transaction of the caller. */
export class BackupWriter {
  private readonly known = new Map<string, readonly TableColumn[]>();
  private readonly memory = new EventMemory();

  constructor(private readonly connection: SqlConnection) {}

  /** Columns that the rows do not have get their defaults. Throws a `BackupRowError`. */
  async insert(table: string, rows: readonly BackupRow[]): Promise<void> {
    const [first] = rows;
    if (first === undefined) return;
    const columns = await this.pickColumns(table, first);
    const insertion: RowsInsert = {
      table: table === EVENT_TABLE.name ? "event_row" : table,
      columns: columns.map(({ name }) => name),
      onConflict: table === COUNTED_TABLE.name ? 'ON CONFLICT ("id") DO NOTHING' : "",
    };
    for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
      const some = rows.slice(from, from + ROWS_AT_ONCE).map((row) => decodeRow(row, table, columns));
      if (table === EVENT_TABLE.name) await this.prepareEvents(insertion.columns, some);
      await insertRows(this.connection, insertion, some);
    }
  }

  /** Makes the partitions of events, and puts the ids of words into their rows. */
  private async prepareEvents(columns: readonly string[], rows: SqlValue[][]): Promise<void> {
    const startAt = columns.indexOf("started_at_ms");
    const starts = rows.map((row) => toNumber(row[startAt]));
    await this.memory.partitions.ensure(this.connection, starts);
    const positions = columns.flatMap((column, at) => (WORD_COLUMNS.has(column) ? [at] : []));
    await this.memory.words.intern(this.connection, rows, positions, Math.max(...starts));
  }

  /**
   * Sets the number of the next entry of the audit log to the one after the last. It is as if none had been inserted by
   * hand.
   */
  async finish(): Promise<void> {
    if (this.connection.dialect !== "postgresql") return;
    await this.connection.all(
      "SELECT setval(pg_get_serial_sequence('audit_entry', 'id'), COALESCE(MAX(id), 1), MAX(id) IS NOT NULL) FROM audit_entry",
    );
  }

  private async pickColumns(table: string, row: BackupRow): Promise<TableColumn[]> {
    const columns =
      table === EVENT_TABLE.name
        ? EVENT_ROW_COLUMNS
        : (this.known.get(table) ?? (await readColumns(this.connection, table)));
    this.known.set(table, columns);
    const names = new Set(columns.map(({ name }) => name));
    for (const name of Object.keys(row)) if (!names.has(name)) throw new BackupRowError("unknown-column", table, name);
    for (const { name, isRequired } of columns)
      if (isRequired && !Object.hasOwn(row, name)) throw new BackupRowError("missing-column", table, name);
    return columns.filter(({ name }) => Object.hasOwn(row, name));
  }
}

function decodeRow(row: BackupRow, table: string, columns: readonly TableColumn[]): SqlValue[] {
  return columns.map(({ name, kind, isRequired }) => {
    const cell = decodeCell(row[name], kind);
    if (cell === undefined || (table === EVENT_TABLE.name && !isOfEvent(cell, isRequired)))
      throw new BackupRowError("bad-cell", table, name);
    return cell;
  });
}

/** PostgreSQL stores neither a NUL nor half a pair, and no event holds one (`asStorable`). */
const isOfEvent = (cell: SqlValue, isRequired: boolean): boolean =>
  cell === null ? !isRequired : typeof cell !== "string" || !/[\0\p{Surrogate}]/u.test(cell);

/** Reads a cell back for either database; undefined where it is none of this kind. */
function decodeCell(value: unknown, kind: TableColumn["kind"]): SqlValue | undefined {
  if (value === null) return null;
  if (kind === "integer") {
    const text = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
    if (typeof text !== "string" || !/^-?\d{1,19}$/.test(text)) return undefined;
    const whole = BigInt(text);
    return BigInt.asIntN(64, whole) === whole ? whole : undefined;
  }
  if (typeof value !== "string") return undefined;
  if (kind === "text") return value;
  // As Prisma writes it on SQLite, where it is text; PostgreSQL reads the same.
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) ? value.replace("Z", "+00:00") : undefined;
}
