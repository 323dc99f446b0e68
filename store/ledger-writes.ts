import type { RequestEvent } from "#core/activity/request-event.ts";
import { eventPages, insertEvents } from "./events.ts";
import { addQuarters, addToRollups, type RollupRow, rebuildDayRows } from "./rollup-writes.ts";
import { settingKey } from "./settings.ts";
import type { SqlConnection } from "./sql-connection.ts";
import { sqlInstant } from "./sql-instant.ts";

/** What was new of a batch: the events, and their sums by quarter-hour. */
export interface Recorded {
  fresh: RequestEvent[];
  quarters: RollupRow<number>[];
}

/**
 * Events and both rollups in one transaction: all of it is on the disk when this resolves, or none of it happened. Events
 * that are there already change nothing.
 */
export function recordWithSums(connection: SqlConnection, events: readonly RequestEvent[]): Promise<Recorded> {
  // A batch read twice over may name an event twice; the first is as good as the second.
  const distinct = [...new Map(events.map((event) => [event.id, event])).values()];
  return connection.transaction(async () => {
    const zone = await dayZone(connection, true);
    const newIds = await insertEvents(connection, distinct);
    const fresh = newIds.size === distinct.length ? distinct : distinct.filter((event) => newIds.has(event.id));
    return { fresh, quarters: await addToRollups(connection, fresh, zone) };
  });
}

/** The same, for who only wants to know which events were new. */
export const recordEvents = async (
  connection: SqlConnection,
  events: readonly RequestEvent[],
): Promise<RequestEvent[]> => (await recordWithSums(connection, events)).fresh;

/**
 * Makes the daily rollup one of this zone; nothing to do when it is already. While it is being rebuilt no event is added,
 * because both hold the zone's row (PostgreSQL) or the write lock (SQLite).
 */
export async function rebuildDays(connection: SqlConnection, zone: string, at: Date): Promise<{ isRebuilt: boolean }> {
  return connection.transaction(async () => {
    if ((await holdDayZone(connection, at)) === zone) return { isRebuilt: false };
    await connection.all(`UPDATE setting SET "value" = $1, "updated_at" = $2 WHERE "key" = $3`, [
      JSON.stringify(zone),
      sqlInstant(at),
      settingKey.dayZone,
    ]);
    await rebuildDayRows(connection, zone);
    return { isRebuilt: true };
  });
}

/** The zone, and its row for ourselves until the commit: whoever records events has to wait. */
async function holdDayZone(connection: SqlConnection, at: Date): Promise<string> {
  await connection.all(
    `INSERT INTO setting ("key", "value", "updated_at") VALUES ($1, $2, $3) ON CONFLICT ("key") DO UPDATE SET "value" = setting."value"`,
    [settingKey.dayZone, JSON.stringify(""), sqlInstant(at)],
  );
  return dayZone(connection, true);
}

/** The zone `rollup_day` is built for. `isHeld`: inside a transaction, nobody changes it before the commit. */
export async function dayZone(connection: SqlConnection, isHeld: boolean): Promise<string> {
  const lock = isHeld && connection.dialect === "postgresql" ? " FOR SHARE" : "";
  const [row] = await connection.all(`SELECT "value" FROM setting WHERE "key" = $1${lock}`, [settingKey.dayZone]);
  const zone: unknown = row ? JSON.parse(String(row.value)) : "";
  return typeof zone === "string" && zone !== "" ? zone : "UTC";
}

/** Makes both rollups anew from the events: the way out when `verifyLedger` finds them wrong. One transaction. */
export const rebuildRollups = (connection: SqlConnection, at: Date): Promise<void> =>
  connection.transaction(() => rebuildRollupRows(connection, at));

/** The same inside a transaction that does more. As with `rebuildDays`, no event is added meanwhile. */
export async function rebuildRollupRows(connection: SqlConnection, at: Date): Promise<void> {
  const zone = await holdDayZone(connection, at);
  await connection.all("DELETE FROM rollup_quarter");
  for await (const events of eventPages(connection)) await addQuarters(connection, events);
  await rebuildDayRows(connection, zone);
}
