import type { RequestEvent } from "#core/activity/request-event.ts";
import { addCacheUses } from "./cache-uses.ts";
import { takeCorrectionsOut } from "./correction-sums.ts";
import { findIds } from "./find-ids.ts";
import { queryRows, type SqlSource, toNumber, toText } from "./raw.ts";
import { dimColumns, sumColumns } from "./rollup-columns.ts";
import { openingUpsert, rollUp, upsertRollups } from "./rollup-writes.ts";
import { readSetting, settingKey, writeSetting } from "./settings.ts";
import type { SqlConnection } from "./sql.ts";

/*
 * The opening balance: sums whose events are not held. They came with a backup without its events, or the events are in
 * the archive. Rollups are the opening balance and the events that are held (docs/decisions/064-opening-balance.md,
 * 067).
 */

interface OpeningBalance {
  /** Instant of the backup, ISO 8601. */
  at: string;
  /** Requests in it, whose events are not held. */
  requests: number;
}

/** What the rollups count and is in the archive. */
interface ArchivedBalance {
  /** First UTC day of which nothing has been archived. */
  before: string;
  /** Requests whose events are in the archive alone. */
  requests: number;
}

/** Parts of the opening balance by where they come from; each is null where there is none of it. */
export interface CountedWithoutEvents {
  opening: OpeningBalance | null;
  archived: ArchivedBalance | null;
}

/** Events that ended so much later than the backup by another machine's clock may still be in it. */
const CLOCK_SLACK_MS = 3_600_000;

/** Reads what the opening balance says of itself. */
export async function readOpening(connection: SqlConnection): Promise<CountedWithoutEvents> {
  const at = await readSetting(connection, settingKey.opening);
  const before = await readSetting(connection, settingKey.archivedBefore);
  const sum = async (sql: string) => toNumber((await connection.all(sql))[0]?.sum);
  const archived = before ? await sum("SELECT SUM(deleted_rows) AS sum FROM archive_file") : 0;
  const all = at === null ? 0 : await sum("SELECT SUM(requests) AS sum FROM rollup_opening");
  return {
    opening: at === null ? null : { at, requests: all - archived },
    archived: before ? { before, requests: archived } : null,
  };
}

/**
 * Leaves out events that the opening balance counts: a spool may still hold their records. Inside the transaction that inserts
 * the others. Without an opening balance (`openingAtMs` null) nothing is asked.
 */
export async function withoutCounted(
  connection: SqlConnection,
  events: RequestEvent[],
  openingAtMs: number | null,
): Promise<RequestEvent[]> {
  if (openingAtMs === null) return events;
  const suspects = events.filter(({ endedAtMs }) => endedAtMs <= openingAtMs + CLOCK_SLACK_MS);
  const counted = await findIds(
    connection,
    "counted_event",
    suspects.map(({ id }) => id),
  );
  return counted.size === 0 ? events : events.filter(({ id }) => !counted.has(id));
}

const quarterColumns = ["bucket_s", "dims_key", ...dimColumns, ...sumColumns, "last_at_ms"];
const cacheColumns = ["bucket_s", "reason", "requests", "tokens"];

/** Makes the present sums the opening balance, as of a backup that held no events. Inside a transaction. */
export async function openWithSums(connection: SqlConnection, backupAt: Date, at: Date): Promise<void> {
  await copyRows(connection, "rollup_quarter", "rollup_opening", quarterColumns);
  await takeCorrectionsOut(connection);
  await copyRows(connection, "rollup_cache", "rollup_cache_opening", cacheColumns);
  await writeSetting(connection, settingKey.opening, backupAt.toISOString(), at);
}

/** Adds events that leave the database to the opening balance. Inside the transaction that deletes them. */
export async function addToOpening(connection: SqlConnection, events: readonly RequestEvent[]): Promise<void> {
  await upsertRollups(connection, openingUpsert, rollUp(events));
  await addCacheUses(connection, events, "rollup_cache_opening");
}

/** Sets the sums by quarter-hour to the opening balance, for a rebuild. Inside a transaction. */
export async function beginWithOpening(connection: SqlConnection): Promise<void> {
  await copyRows(connection, "rollup_opening", "rollup_quarter", quarterColumns);
  await copyRows(connection, "rollup_cache_opening", "rollup_cache", cacheColumns);
}

async function copyRows(connection: SqlConnection, from: string, to: string, columns: readonly string[]) {
  const names = columns.map((column) => `"${column}"`).join(", ");
  await connection.all(`DELETE FROM "${to}"`);
  await connection.all(`INSERT INTO "${to}" (${names}) SELECT ${names} FROM "${from}"`);
}

/** Requests of a span that are in the sums and whose events are not held, by models. */
export async function countWithoutEvents(
  source: SqlSource,
  { fromS, toS }: { fromS: number; toS: number },
): Promise<{ requestedModel: string; servedModel: string; requests: number; lastS: number }[]> {
  const rows = await queryRows(
    source,
    `SELECT requested_model, served_model, SUM(requests) AS requests, MAX(bucket_s) AS last FROM rollup_opening
     WHERE bucket_s >= $1 AND bucket_s < $2 AND requests > 0 GROUP BY requested_model, served_model`,
    [fromS, toS],
  );
  return rows.map((row) => ({
    requestedModel: toText(row.requested_model),
    servedModel: toText(row.served_model),
    requests: toNumber(row.requests),
    lastS: toNumber(row.last),
  }));
}
