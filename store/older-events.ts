import { performance } from "node:perf_hooks";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { readDays } from "./days-change.ts";
import { eventOfRow } from "./event-columns.ts";
import { Placeholders } from "./event-filter.ts";
import { openMemory } from "./event-memory.ts";
import { insertEvents } from "./events.ts";
import { findIds } from "./find-ids.ts";
import type { SqlConnection } from "./sql.ts";

/*
 * Events of the release before, in its table `request_event`. An instance of that release writes there while it still
 * serves. What stands there is moved to `event_row`, newest first, by the ledger thread of any instance of this
 * release.
 */

const OLDER = "request_event";
/** The trigger of this table takes it alone (migration `event_rows`). */
const OLDER_LOCK = 72_707_371;
/** Some ten milliseconds. */
const MOVED_AT_ONCE = 250;

/** How often the table is looked at once it is empty: an instance of the release before may still serve. */
const LOOK_EVERY_MS = 5_000;

/** Moves events step by step, beside other work of a process. */
export class OlderEvents {
  private emptyTick = Number.NEGATIVE_INFINITY;

  /** Moves some, when there may be some; returns whether there is more. */
  async step(connection: SqlConnection): Promise<boolean> {
    if (performance.now() - this.emptyTick < LOOK_EVERY_MS) return false;
    const hasMore = (await moveOlderEvents(connection)) === MOVED_AT_ONCE;
    if (!hasMore) this.emptyTick = performance.now();
    return hasMore;
  }
}

/**
 * Moves some of the events that the release before wrote; returns how many. One transaction: an event is in one of the
 * two tables at any moment, and its sums do not change.
 */
export async function moveOlderEvents(connection: SqlConnection): Promise<number> {
  // Without the write lock of SQLite: as a rule there are none.
  if (!(await hasOlderEvents(connection))) return 0;
  const memory = openMemory(connection);
  const moved = await connection.transaction(async () => {
    // A rebuild of the rollups holds this row. It reads both tables, and an event must not pass from one to the other
    // meanwhile.
    await readDays(connection, true);
    await keepOlderWritersOut(connection);
    const skip = connection.dialect === "postgresql" ? " FOR UPDATE SKIP LOCKED" : "";
    const rows = await connection.all(
      `SELECT * FROM ${OLDER} ORDER BY started_at_ms DESC, id DESC LIMIT ${MOVED_AT_ONCE}${skip}`,
    );
    if (rows.length === 0) return 0;
    const events = rows.map(eventOfRow);
    await insertEvents(connection, events, memory);
    const places = new Placeholders();
    const list = events.map(({ id }) => places.of(id)).join(", ");
    await connection.all(`DELETE FROM ${OLDER} WHERE id IN (${list})`, places.values);
    return events.length;
  });
  memory.confirm();
  return moved;
}

/**
 * Waits for the writes of instances of the release before, and lets none write until the commit. Neither release sees
 * what the other has not committed, and no key spans both tables. Instances of this release do not wait for each other.
 * SQLite has one writer anyway.
 */
async function keepOlderWritersOut(connection: SqlConnection): Promise<void> {
  if (connection.dialect === "postgresql") await connection.all(`SELECT pg_advisory_xact_lock_shared(${OLDER_LOCK})`);
}

/** Whether an instance of the release before has written what is not moved yet. */
async function hasOlderEvents(connection: SqlConnection): Promise<boolean> {
  const rows = await connection.all(`SELECT 1 AS one FROM ${OLDER} ORDER BY started_at_ms DESC LIMIT 1`);
  return rows.length > 0;
}

/**
 * Leaves out events that the release before has written already. The spool of an instance that was killed may still
 * hold their records. Inside the transaction that inserts the others.
 */
export async function withoutOlder(connection: SqlConnection, events: RequestEvent[]): Promise<RequestEvent[]> {
  if (connection.dialect === "sqlite" && !(await hasOlderEvents(connection))) return events;
  await keepOlderWritersOut(connection);
  const written = await findIds(
    connection,
    OLDER,
    events.map(({ id }) => id),
  );
  return written.size === 0 ? events : events.filter(({ id }) => !written.has(id));
}
