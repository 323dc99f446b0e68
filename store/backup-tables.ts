import { eventColumns } from "./event-columns.ts";
import { toText } from "./raw.ts";
import type { SqlConnection, SqlValue } from "./sql.ts";

/** A table as a backup holds it. */
export interface BackupTable {
  name: string;
  /** Primary key, in which order the rows are read page by page. */
  key: readonly string[];
  /** Condition on the rows that are kept; all of them without it. */
  where?: string;
  /** Rows of a page: fewer where a row may be as large as a rules file. */
  rowsAtOnce?: number;
}

/**
 * Every request, by far the largest table: in a backup only where it is asked for. It holds the columns of `event_row`
 * with their words, under the name that the table had when there were no ids of words.
 */
export const EVENT_TABLE: BackupTable = { name: "request_event", key: ["started_at_ms", "id"] };

/** Ids of the events that the sums of a backup count and that the backup does not hold. */
export const COUNTED_TABLE: BackupTable = { name: "counted_event", key: ["id"] };

/** The tables of every backup, each after those it refers to. */
export const BACKUP_TABLES: readonly BackupTable[] = [
  { name: "setting", key: ["key"] },
  { name: "person", key: ["id"] },
  { name: "identity", key: ["provider", "subject"] },
  // A link to set up or to reset a password that was used since must not come back.
  { name: "one_time_link", key: ["id"], where: "kind = 'invite'" },
  { name: "proxy_key", key: ["id"] },
  { name: "access_token", key: ["id"] },
  { name: "holder_limits", key: ["kind", "holder"] },
  { name: "budget_raise", key: ["id"] },
  { name: "alert_rule", key: ["id"] },
  { name: "alert_memory", key: ["rule_id", "subject"] },
  { name: "alert_firing", key: ["id"] },
  { name: "alert_channel", key: ["id"] },
  // What was waiting then was sent since.
  { name: "alert_delivery", key: ["id"], where: "state <> 'waiting'" },
  { name: "audit_entry", key: ["id"] },
  { name: "rule_version", key: ["number"], rowsAtOnce: 10 },
  { name: "price_version", key: ["number"], rowsAtOnce: 10 },
  { name: "bill_import", key: ["id"] },
  { name: "bill_day", key: ["kind", "day"], rowsAtOnce: 50 },
  { name: "rule_draft", key: ["person_id"], rowsAtOnce: 10 },
  // Whose the answered requests are whose results are read after a restore.
  { name: "batch", key: ["id"] },
  { name: "rollup_quarter", key: ["bucket_s", "dims_key"] },
  { name: "rollup_day", key: ["day", "dims_key"] },
  { name: "rollup_day_next", key: ["day", "dims_key"] },
  { name: "rollup_cache", key: ["bucket_s", "reason"] },
  { name: "rollup_opening", key: ["bucket_s", "dims_key"] },
  { name: "rollup_cache_opening", key: ["bucket_s", "reason"] },
  // What is archived, and the hashes of its ids. The files themselves are copied as files.
  { name: "archive_file", key: ["name"], rowsAtOnce: 1 },
  { name: "month_close", key: ["number"] },
  { name: "correction", key: ["number"] },
  { name: "correction_row", key: ["correction", "bucket_s", "dims_key"] },
];

/**
 * Tables that no backup holds. They say who is signed in or locked out, what runs now, what a session was given today,
 * what events are made of, and what is built of days again.
 */
export const TABLES_LEFT_OUT = [
  "revision",
  "instance",
  "session_pin",
  "sign_in_session",
  "sign_in_throttle",
  "event_row",
  "event_word",
  "rollup_cut",
  "rollup_cut_day",
] as const;

type ColumnKind = "text" | "integer" | "instant";

export interface TableColumn {
  name: string;
  kind: ColumnKind;
  /** A row without it cannot be inserted: no default, and null is refused. */
  isRequired: boolean;
}

/** The columns of events in a backup. */
export const EVENT_ROW_COLUMNS: readonly TableColumn[] = eventColumns.map(({ column, kind, isNullable }) => ({
  name: column,
  kind: kind === "text" ? "text" : "integer",
  isRequired: !isNullable,
}));

/** Reads the columns of a table in their order; none when there is no such table. */
export async function readColumns(connection: SqlConnection, table: string): Promise<TableColumn[]> {
  const sql =
    connection.dialect === "sqlite"
      ? `SELECT name, type, CASE WHEN ("notnull" = 1 OR pk > 0) AND dflt_value IS NULL THEN 1 ELSE 0 END AS required
         FROM pragma_table_info($1) ORDER BY cid`
      : `SELECT column_name AS name, data_type AS type,
           CASE WHEN is_nullable = 'NO' AND column_default IS NULL THEN 1 ELSE 0 END AS required
         FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1
         ORDER BY ordinal_position`;
  const rows = await connection.all(sql, [table]);
  return rows.map((row) => ({
    name: toText(row.name),
    kind: toColumnKind(toText(row.type)),
    isRequired: BigInt(row.required ?? 0) === 1n,
  }));
}

function toColumnKind(type: string): ColumnKind {
  if (/^(datetime|timestamp)/i.test(type)) return "instant";
  return /int/i.test(type) ? "integer" : "text";
}

/** A row as JSON holds it: instants as ISO 8601 in UTC, integers beyond 2^53 as text. The same from either database. */
export type BackupRow = Readonly<Record<string, string | number | null>>;

/** Writes a cell for an archive; a number that a double cannot hold exactly becomes a text. */
export function encodeCell(value: SqlValue, kind: ColumnKind): string | number | null {
  if (value === null) return null;
  if (kind === "instant") return new Date(String(value)).toISOString();
  if (kind === "text") return String(value);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

/** Name of the newest migration that was applied. */
export async function lastMigration(connection: SqlConnection): Promise<string> {
  const [row] = await connection.all(
    'SELECT migration_name AS name FROM "_prisma_migrations" WHERE rolled_back_at IS NULL ORDER BY migration_name DESC LIMIT 1',
  );
  return toText(row?.name);
}
