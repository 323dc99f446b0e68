import type { RequestEvent } from "#core/activity/request-event.ts";
import { withoutArchived } from "./archived-ids.ts";
import { keepBatches, withBatchCreators } from "./batches.ts";
import { addCorrections } from "./correction-sums.ts";
import { dayZone, dropChange, holdDays, readDays, stepDays } from "./days-change.ts";
import { COUNTED_COLUMNS } from "./event-columns.ts";
import { openMemory } from "./event-memory.ts";
import { eventPages, insertEvents } from "./events.ts";
import { withoutOlder } from "./older-events.ts";
import { beginWithOpening, withoutCounted } from "./opening-balance.ts";
import { addQuarters, addToRollups, type RollupRow, rebuildDayRows } from "./rollup-writes.ts";
import type { SqlConnection } from "./sql.ts";

/** What was new of a batch: the events, and their sums by quarter-hour. */
export interface Recorded {
  fresh: RequestEvent[];
  quarters: RollupRow<number>[];
}

/**
 * Records events and both rollups in one transaction. All of it is on the disk when this resolves, or none of it
 * happened. Events that are there already change nothing.
 */
export async function recordWithSums(connection: SqlConnection, events: readonly RequestEvent[]): Promise<Recorded> {
  // A batch read twice over may name an event twice; the first is as good as the second.
  const distinct = [...new Map(events.map((event) => [event.id, event])).values()];
  const memory = openMemory(connection);
  const recorded = await connection.transaction(async () => {
    const days = await readDays(connection, true);
    const unarchived = await withoutArchived(connection, distinct, days.archivedBeforeMs);
    const uncounted = await withoutCounted(connection, unarchived, days.openingAtMs);
    await keepBatches(connection, uncounted);
    const wanted = await withBatchCreators(connection, await withoutOlder(connection, uncounted));
    const newIds = await insertEvents(connection, wanted, memory);
    const fresh = newIds.size === wanted.length ? wanted : wanted.filter((event) => newIds.has(event.id));
    return { fresh, quarters: await addToRollups(connection, fresh, days) };
  });
  memory.confirm();
  return recorded;
}

/** The same, for who only wants to know which events were new. */
export const recordEvents = async (
  connection: SqlConnection,
  events: readonly RequestEvent[],
): Promise<RequestEvent[]> => (await recordWithSums(connection, events)).fresh;

/**
 * Rebuilds the daily rollup for this zone, step by step to the end. There is nothing to do when it is of this zone
 * already.
 */
export async function rebuildDays(connection: SqlConnection, zone: string, at: Date): Promise<{ isRebuilt: boolean }> {
  if ((await dayZone(connection, false)) === zone) {
    await stepDays(connection, zone, at);
    return { isRebuilt: false };
  }
  while ((await stepDays(connection, zone, at)).isChanging);
  return { isRebuilt: true };
}

/**
 * Rebuilds both rollups from the events, the opening balance and the corrections: the way out when `verifyLedger` finds them wrong. One
 * transaction.
 */
export const rebuildRollups = (connection: SqlConnection, at: Date): Promise<void> =>
  connection.transaction(() => rebuildRollupRows(connection, at));

/** The same inside a transaction that does more. No event is added meanwhile; a change of the zone begins again after it. */
export async function rebuildRollupRows(connection: SqlConnection, at: Date): Promise<void> {
  const { zone, change } = await holdDays(connection, at);
  if (change !== null) await dropChange(connection);
  await beginWithOpening(connection);
  for await (const events of eventPages(connection, { columns: COUNTED_COLUMNS }))
    await addQuarters(connection, events);
  await addCorrections(connection);
  await rebuildDayRows(connection, zone);
}
