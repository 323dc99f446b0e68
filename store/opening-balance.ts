import type { RequestEvent } from "#core/activity/request-event.ts";
import { Placeholders } from "./event-filter.ts";
import { toNumber } from "./raw.ts";
import { dimColumns, sumColumns } from "./rollup-columns.ts";
import { readSetting, settingKey, writeSetting } from "./settings.ts";
import type { SqlConnection } from "./sql.ts";

/*
 * The opening balance: sums that came with a backup without their events. Rollups are the opening balance and the events that
 * are held (docs/decisions/064-opening-balance.md).
 */

export interface OpeningBalance {
  /** Instant of the backup, ISO 8601. */
  at: string;
  /** Requests in it, whose events are not held. */
  requests: number;
}

/** Events that ended so much later than the backup by another machine's clock may still be in it. */
const CLOCK_SLACK_MS = 3_600_000;
const IDS_AT_ONCE = 500;

/** Reads what the opening balance says of itself; null where every counted event is held. */
export async function readOpening(connection: SqlConnection): Promise<OpeningBalance | null> {
  const at = await readSetting(connection, settingKey.opening);
  if (at === null) return null;
  const [row] = await connection.all("SELECT SUM(requests) AS requests FROM rollup_opening");
  return { at, requests: toNumber(row?.requests) };
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
  const counted = new Set<string>();
  for (let from = 0; from < suspects.length; from += IDS_AT_ONCE) {
    const places = new Placeholders();
    const list = suspects.slice(from, from + IDS_AT_ONCE).map(({ id }) => places.of(id));
    const rows = await connection.all(`SELECT id FROM counted_event WHERE id IN (${list.join(", ")})`, places.values);
    for (const { id } of rows) counted.add(String(id));
  }
  return counted.size === 0 ? events : events.filter(({ id }) => !counted.has(id));
}

const quarterColumns = ["bucket_s", "dims_key", ...dimColumns, ...sumColumns, "last_at_ms"];
const cacheColumns = ["bucket_s", "reason", "requests", "tokens"];

/** Makes the present sums the opening balance, as of a backup that held no events. Inside a transaction. */
export async function openWithSums(connection: SqlConnection, backupAt: Date, at: Date): Promise<void> {
  await copyRows(connection, "rollup_quarter", "rollup_opening", quarterColumns);
  await copyRows(connection, "rollup_cache", "rollup_cache_opening", cacheColumns);
  await writeSetting(connection, settingKey.opening, backupAt.toISOString(), at);
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
