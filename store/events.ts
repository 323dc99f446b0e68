import type { RequestEvent } from "#core/activity/request-event.ts";
import type { RowsInsert } from "./alike-rows.ts";
import { findArchivedIds } from "./archived-ids.ts";
import { readDays } from "./days-change.ts";
import { EVENT_TABLES, eventCells, eventColumns, eventOfRow } from "./event-columns.ts";
import { type EventFilter, eventConditions, Placeholders, readFilterIds } from "./event-filter.ts";
import { EventMemory } from "./event-memory.ts";
import { WORD_COLUMNS, withWords } from "./event-words.ts";
import { findIds } from "./find-ids.ts";
import { insertNewRows } from "./insert-rows.ts";
import { queryRows, type SqlSource } from "./raw.ts";
import type { SqlConnection, SqlRow } from "./sql.ts";

const insertion: RowsInsert = {
  table: "event_row",
  columns: eventColumns.map((column) => column.column),
  onConflict: 'ON CONFLICT ("id", "started_at_ms") DO NOTHING RETURNING "id"',
};
const wordPositions = insertion.columns.flatMap((column, at) => (WORD_COLUMNS.has(column) ? [at] : []));

/**
 * Writes events; one whose id is there already is left out. Returns the ids that are really new: only they may be
 * counted. Inside a transaction. `memory`: what the connection knows already.
 */
export async function insertEvents(
  connection: SqlConnection,
  events: readonly RequestEvent[],
  memory = new EventMemory(),
): Promise<ReadonlySet<string>> {
  if (events.length === 0) return new Set();
  const rows = events.map(eventCells);
  const starts = events.map(({ startedAtMs }) => startedAtMs);
  await memory.partitions.ensure(connection, starts);
  await memory.words.intern(connection, rows, wordPositions, latest(starts));
  return new Set(await insertNewRows(connection, insertion, rows));
}

/** Without a limit on their number, which `Math.max` has. */
const latest = (instants: readonly number[]): number => instants.reduce((a, b) => (b > a ? b : a), 0);

/**
 * Which of these events the database has, or counts without them: in its opening balance or in the archive. Any number
 * may be asked for.
 */
export async function findEventIds(
  connection: SqlConnection,
  events: readonly { id: string; startedAtMs: number }[],
): Promise<ReadonlySet<string>> {
  const { archivedBeforeMs } = await readDays(connection, false);
  const found = new Set(await findArchivedIds(connection, events, archivedBeforeMs));
  const ids = events.map(({ id }) => id);
  for (const table of [...EVENT_TABLES, "counted_event"] as const)
    for (const id of await findIds(connection, table, ids)) found.add(id);
  return found;
}

/**
 * Returns the event with what PostgreSQL cannot store in a text replaced. A NUL becomes its sign (U+2400), half a
 * surrogate pair U+FFFD. Texts come from callers and from the provider: none may keep a request, and what it cost, out
 * of the books.
 */
export function asStorable(event: RequestEvent): RequestEvent {
  if (typeof event !== "object" || event === null) return event;
  let storable = event;
  for (const name in event) {
    const value: unknown = event[name as keyof RequestEvent];
    if (typeof value === "string" && SUSPECT.test(value))
      storable = { ...storable, [name]: value.replaceAll("\0", "\u2400").replace(HALF_PAIRS, "\ufffd") };
  }
  return storable;
}

/** Whole pairs too: the exact check follows where there is one, since that takes three times as long. */
const SUSPECT = /[\0\ud800-\udfff]/;
const HALF_PAIRS = /\p{Surrogate}/gu;

/** Why the database would never take this as an event; null when it would. The ledger's gate against poisoned records. */
export function eventProblem(value: unknown): string | null {
  if (typeof value !== "object" || value === null) return "not an object";
  const event = value as RequestEvent;
  if (typeof event.usage !== "object" || event.usage === null) return "usage is missing";
  const cells = eventCells(event);
  for (let at = 0; at < cells.length; at++) {
    const { column, kind, isNullable } = eventColumns[at] as (typeof eventColumns)[number];
    const cell = cells[at];
    if (cell === null || cell === undefined) {
      if (!isNullable) return `${column} is missing`;
    } else if (kind === "integer" ? !Number.isSafeInteger(cell) : typeof cell !== "string") {
      return `${column} has the wrong type`;
    } else if (kind === "money" && !/^-?\d{1,18}$/.test(String(cell))) {
      return `${column} is no amount`;
    } else if (kind === "text" && String(cell).includes("\0")) {
      return `${column} holds a NUL character`; // PostgreSQL has no text for it
    }
  }
  return event.id === "" ? "id is empty" : null;
}

/** Position in the request list: the event after which (in time, newest first) the next page begins. */
export interface EventKey {
  startedAtMs: number;
  id: string;
}

/** Newest first. Never counts and never skips: the next page starts after a key. */
export async function listEvents(
  source: SqlSource,
  filter: EventFilter,
  page: { after?: EventKey; take: number },
): Promise<RequestEvent[]> {
  const places = new Placeholders();
  const findId = await readFilterIds(source, filter);
  const conditions = [eventConditions(filter, { table: "event_row", findId }, places)];
  if (page.after) {
    const { startedAtMs, id } = page.after;
    conditions.push(`(started_at_ms, id) < (${places.of(startedAtMs)}, ${places.of(id)})`);
  }
  const rows = await queryRows(
    source,
    `SELECT * FROM event_row WHERE ${conditions.join(" AND ")} ORDER BY started_at_ms DESC, id DESC LIMIT ${places.of(page.take)}`,
    places.values,
  );
  return readEvents(source, rows);
}

/**
 * What ended since an instant, oldest end first. Followed by their end and not by their start: a request that ran for ten
 * minutes is news when it is over, although newer ones were shown before.
 */
export async function listEventsEndedSince(
  source: SqlSource,
  filter: EventFilter,
  sinceMs: number,
  take: number,
): Promise<RequestEvent[]> {
  const places = new Placeholders();
  const since = places.of(sinceMs);
  const findId = await readFilterIds(source, filter);
  const rows = await queryRows(
    source,
    `SELECT * FROM event_row WHERE ended_at_ms >= ${since} AND ${eventConditions(filter, { table: "event_row", findId }, places)}
     ORDER BY ended_at_ms DESC, id DESC LIMIT ${places.of(take)}`,
    places.values,
  );
  return (await readEvents(source, rows)).reverse();
}

export async function eventById(source: SqlSource, id: string): Promise<RequestEvent | null> {
  const rows = await queryRows(source, "SELECT * FROM event_row WHERE id = $1", [id]);
  const [event = null] = await readEvents(source, rows);
  return event;
}

/** The newest event since an instant of one person, or of requests without a person (null). */
export async function latestEventSince(
  source: SqlSource,
  personId: string | null,
  sinceMs: number,
): Promise<RequestEvent | null> {
  const places = new Placeholders();
  const filter = personId === null ? {} : { personId };
  const findId = await readFilterIds(source, filter);
  const conditions = [
    personId === null ? "person_id IS NULL" : eventConditions(filter, { table: "event_row", findId }, places),
    `started_at_ms >= ${places.of(sinceMs)}`,
  ];
  const rows = await queryRows(
    source,
    `SELECT * FROM event_row WHERE ${conditions.join(" AND ")} ORDER BY started_at_ms DESC, id DESC LIMIT 1`,
    places.values,
  );
  const [event = null] = await readEvents(source, rows);
  return event;
}

const readEvents = async (source: SqlSource, rows: SqlRow[], columns?: readonly string[]): Promise<RequestEvent[]> =>
  (
    await withWords(
      source,
      rows,
      columns?.filter((column) => WORD_COLUMNS.has(column)),
    )
  ).map(eventOfRow);

/**
 * The next events after a key that began before an instant, oldest first. Those that an instance of the release before has just
 * written are among them, in its own table.
 */
async function listEventsFrom(
  source: SqlSource,
  { after, toMs, take, columns }: { after: EventKey; toMs: number; take: number; columns?: readonly string[] },
): Promise<RequestEvent[]> {
  const readPage = (table: string) =>
    queryRows(
      source,
      // The table of the release before lacks newer columns, and its rows are few.
      `SELECT ${(table === "event_row" && columns?.join(", ")) || "*"} FROM ${table} WHERE (started_at_ms, id) > ($1, $2) AND started_at_ms < $3 ORDER BY started_at_ms, id LIMIT $4`,
      [after.startedAtMs, after.id, toMs, take],
    );
  const older = (await readPage("request_event")).map(eventOfRow);
  const events = await readEvents(source, await readPage("event_row"), columns);
  if (older.length === 0) return events;
  // One that was moved meanwhile is in both.
  const distinct = new Map([...older, ...events].map((event) => [event.id, event]));
  return [...distinct.values()].sort(byStart).slice(0, take);
}

const byStart = (one: RequestEvent, other: RequestEvent): number =>
  one.startedAtMs - other.startedAtMs || (one.id < other.id ? -1 : 1);

/**
 * Events that began in a range, all of them without one; oldest first, page by page. `columns`: the only ones that are
 * read; what the others hold is null, empty or 0 in these events.
 */
export async function* eventPages(
  source: SqlSource,
  {
    fromMs = Number.MIN_SAFE_INTEGER,
    toMs = Number.MAX_SAFE_INTEGER,
    columns,
  }: { fromMs?: number; toMs?: number; columns?: readonly string[] } = {},
  take = 5000,
): AsyncGenerator<RequestEvent[]> {
  let after: EventKey = { startedAtMs: fromMs, id: "" };
  for (;;) {
    const events = await listEventsFrom(source, { after, toMs, take, ...(columns && { columns }) });
    const last = events.at(-1);
    if (last) yield events;
    if (!last || events.length < take) return;
    after = { startedAtMs: last.startedAtMs, id: last.id };
  }
}
