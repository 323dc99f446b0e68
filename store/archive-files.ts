import { performance } from "node:perf_hooks";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { addDays, MS_PER_DAY } from "#core/time/instant.ts";
import { toUtcDay } from "#core/time/utc-day.ts";
import { hashIds } from "./archived-ids.ts";
import { readDays } from "./days-change.ts";
import { EVENT_TABLES, eventOfRow } from "./event-columns.ts";
import { Placeholders } from "./event-filter.ts";
import { withWords } from "./event-words.ts";
import { addToOpening } from "./opening-balance.ts";
import { queryRows, type SqlSource, toNumber, toText } from "./raw.ts";
import { readSetting, settingKey, writeSetting } from "./settings.ts";
import type { SqlConnection, SqlRow } from "./sql.ts";
import { sqlInstant } from "./sql-instant.ts";

/** A file of the archive, as the database knows it. */
export interface ArchiveFile {
  name: string;
  /** UTC day of all its events. */
  day: string;
  part: number;
  rows: number;
  bytes: number;
  sha256: string;
  /** Where it was written, and by which machine. */
  folder: string;
  hostname: string;
  /** ISO 8601. */
  writtenAt: string;
  /** Number of its events that are deleted from the database. */
  deletedRows: number;
  /** Instant since when all of them are; null before. */
  deletedAt: string | null;
}

const columns = "name, day, part, rows, bytes, sha256, folder, hostname, written_at, deleted_rows, deleted_at" as const;

/** Lists the files of the archive in the order of their days and parts; of `days` only, where given. */
export async function listArchiveFiles(source: SqlSource, days?: { from: string; to: string }): Promise<ArchiveFile[]> {
  const places = new Placeholders();
  const where = days === undefined ? "" : `WHERE day >= ${places.of(days.from)} AND day <= ${places.of(days.to)}`;
  const rows = await queryRows(
    source,
    `SELECT ${columns} FROM archive_file ${where} ORDER BY day, part`,
    places.values,
  );
  return rows.map(fileOfRow);
}

const fileOfRow = (row: SqlRow): ArchiveFile => ({
  name: toText(row.name),
  day: toText(row.day),
  part: toNumber(row.part),
  rows: toNumber(row.rows),
  bytes: toNumber(row.bytes),
  sha256: toText(row.sha256),
  folder: toText(row.folder),
  hostname: toText(row.hostname),
  writtenAt: new Date(toText(row.written_at)).toISOString(),
  deletedRows: toNumber(row.deleted_rows),
  deletedAt: row.deleted_at == null ? null : new Date(toText(row.deleted_at)).toISOString(),
});

/**
 * Reads the first UTC day of which no event has been archived. Single requests before it are in the archive, but for
 * those that were recorded late. Null where nothing is archived.
 */
export async function readArchivedBefore(source: SqlSource): Promise<string | null> {
  return (await readSetting(source, settingKey.archivedBefore)) || null;
}

/**
 * Makes the row that `noteArchiveFile` changes, in a transaction before it. The ledger locks that row while it records,
 * which it can only where there is one.
 */
export async function prepareArchiving(connection: SqlConnection, at: Date): Promise<void> {
  await connection.all(
    `INSERT INTO setting ("key", "value", "updated_at") VALUES ($1, $2, $3) ON CONFLICT ("key") DO NOTHING`,
    [settingKey.archivedBefore, JSON.stringify(""), sqlInstant(at)],
  );
}

/**
 * Notes a new archive file, before any of its events is deleted. From now on no record of them is taken again. Inside a
 * transaction. Fails on its key where another process noted the same part of the day first.
 */
export async function noteArchiveFile(
  connection: SqlConnection,
  file: Omit<ArchiveFile, "deletedRows" | "deletedAt">,
  ids: readonly string[],
): Promise<void> {
  const at = new Date(file.writtenAt);
  const places = new Placeholders();
  const values = [file.name, file.day, file.part, file.rows, file.bytes, file.sha256, file.folder, file.hostname];
  const list = [...values, sqlInstant(at), 0, null, hashIds(ids)].map((value) => places.of(value)).join(", ");
  await connection.all(`INSERT INTO archive_file (${columns}, id_hashes) VALUES (${list})`, places.values);
  const before = await readArchivedBefore(connection);
  const next = addDays(file.day, 1);
  if (before === null || before < next) await writeSetting(connection, settingKey.archivedBefore, next, at);
}

/** Forgets a file of which no event was deleted. False where one was: then it stays. */
export async function forgetArchiveFile(connection: SqlConnection, name: string): Promise<boolean> {
  const rows = await connection.all("DELETE FROM archive_file WHERE name = $1 AND deleted_rows = 0 RETURNING name", [
    name,
  ]);
  return rows.length > 0;
}

/**
 * Deletes events that are in an archive file and adds their sums to the opening balance. Both happen in one short
 * transaction. Events that are deleted already change nothing, so any number of processes may do the same. `check` sees
 * what is deleted and may throw: then nothing is. `heldMs`: for how long others waited, from the lock to the commit.
 */
export async function deleteArchived(
  connection: SqlConnection,
  name: string,
  ids: readonly string[],
  check: (deleted: readonly RequestEvent[]) => void,
): Promise<{ deleted: number; heldMs: number }> {
  let heldTick = 0;
  const deleted = await connection.transaction(async () => {
    heldTick = performance.now();
    // A rebuild of the rollups holds this row. Between its reading of the opening balance and of the events nothing may
    // move.
    await readDays(connection, true);
    const places = new Placeholders();
    const list = ids.map((id) => places.of(id)).join(", ");
    const deleteFrom = (table: string) =>
      connection.all(`DELETE FROM ${table} WHERE id IN (${list}) RETURNING *`, places.values);
    const older = await deleteFrom("request_event");
    const rows = await withWords(connection, await deleteFrom("event_row"));
    const events = [...rows, ...older].map(eventOfRow);
    if (events.length === 0) return 0;
    check(events);
    await addToOpening(connection, events);
    await connection.all("UPDATE archive_file SET deleted_rows = deleted_rows + $1 WHERE name = $2", [
      events.length,
      name,
    ]);
    return events.length;
  });
  return { deleted, heldMs: performance.now() - heldTick };
}

/** Notes that all events of a file are deleted. */
export async function finishArchiveFile(connection: SqlConnection, name: string, at: Date): Promise<void> {
  await connection.all("UPDATE archive_file SET deleted_at = $1 WHERE name = $2 AND deleted_at IS NULL", [
    sqlInstant(at),
    name,
  ]);
}

/** Reads the start of the oldest event that is held; null where there is none. */
export const oldestEventMs = (source: SqlSource): Promise<number | null> =>
  nextEventMs(source, Number.MIN_SAFE_INTEGER);

/** Reads the start of the first event at or after an instant; null where there is none. */
export async function nextEventMs(source: SqlSource, fromMs: number): Promise<number | null> {
  const next: number[] = [];
  for (const table of EVENT_TABLES) {
    const [row] = await queryRows(source, `SELECT MIN(started_at_ms) AS next FROM ${table} WHERE started_at_ms >= $1`, [
      fromMs,
    ]);
    if (row?.next != null) next.push(Number(row.next));
  }
  return next.length === 0 ? null : Math.min(...next);
}

/** Counts the events that began before an instant, by UTC day, oldest first. */
export async function countEventsByDay(source: SqlSource, toMs: number): Promise<{ day: string; events: number }[]> {
  const rows = await queryRows(
    source,
    `SELECT day, COUNT(*) AS events FROM (${EVENT_TABLES.map(
      (table) => `SELECT started_at_ms / ${MS_PER_DAY} AS day FROM ${table} WHERE started_at_ms < $1`,
    ).join(" UNION ALL ")}) AS days GROUP BY day ORDER BY day`,
    [toMs],
  );
  return rows.map((row) => ({ day: toUtcDay(toNumber(row.day) * MS_PER_DAY), events: toNumber(row.events) }));
}
