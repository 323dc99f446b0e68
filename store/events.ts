import type { RequestEvent } from "#core/activity/request-event.ts";
import { eventColumns, eventOfRow } from "./event-columns.ts";
import { insertRows, type RowsInsert } from "./insert-rows.ts";
import { queryRows, type SqlSource } from "./raw.ts";
import type { SqlConnection, SqlValue } from "./sql-connection.ts";

const insertion: RowsInsert = {
  table: "request_event",
  columns: eventColumns.map((column) => column.column),
  onConflict: 'ON CONFLICT ("id") DO NOTHING RETURNING "id"',
};

/** Writes events; one whose id is there already is left out. Returns the ids that are really new: only they may be counted. */
export async function insertEvents(
  connection: SqlConnection,
  events: readonly RequestEvent[],
): Promise<ReadonlySet<string>> {
  if (events.length === 0) return new Set();
  const rows = await insertRows(
    connection,
    insertion,
    events.map((event) => eventColumns.map((column) => column.of(event))),
  );
  return new Set(rows.map((row) => String(row.id)));
}

/** Why the database would never take this as an event; null when it would. The ledger's gate against poisoned records. */
export function eventProblem(value: unknown): string | null {
  if (typeof value !== "object" || value === null) return "not an object";
  const event = value as RequestEvent;
  if (typeof event.usage !== "object" || event.usage === null) return "usage is missing";
  for (const { column, kind, isNullable, of } of eventColumns) {
    const cell = of(event);
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

export interface EventFilter {
  fromMs?: number;
  toMs?: number;
  project?: string;
  personId?: string;
  sessionId?: string;
  ruleId?: string;
  requestedModel?: string;
  servedModel?: string;
  decision?: string;
  ended?: string;
  proxyKeyId?: string;
}

const filterColumns = {
  project: "project",
  personId: "person_id",
  sessionId: "session_id",
  ruleId: "rule_id",
  requestedModel: "requested_model",
  servedModel: "served_model",
  decision: "decision",
  ended: "ended",
  proxyKeyId: "proxy_key_id",
} as const satisfies Partial<Record<keyof EventFilter, string>>;

/** Newest first. Never counts and never skips: the next page starts after a key. */
export async function listEvents(
  source: SqlSource,
  filter: EventFilter,
  page: { after?: EventKey; take: number },
): Promise<RequestEvent[]> {
  const values: SqlValue[] = [];
  const conditions: string[] = [];
  const where = (condition: (placeholder: string) => string, value: SqlValue) => {
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  };
  if (filter.fromMs !== undefined) where((at) => `started_at_ms >= ${at}`, filter.fromMs);
  if (filter.toMs !== undefined) where((at) => `started_at_ms < ${at}`, filter.toMs);
  for (const [name, column] of Object.entries(filterColumns)) {
    const value = filter[name as keyof typeof filterColumns];
    if (value !== undefined) where((at) => `${column} = ${at}`, value);
  }
  if (page.after) {
    const { startedAtMs, id } = page.after;
    values.push(startedAtMs, id);
    conditions.push(`(started_at_ms, id) < ($${values.length - 1}, $${values.length})`);
  }
  values.push(page.take);
  const rows = await queryRows(
    source,
    `SELECT * FROM request_event ${conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : ""} ORDER BY started_at_ms DESC, id DESC LIMIT $${values.length}`,
    values,
  );
  return rows.map(eventOfRow);
}

export async function eventById(source: SqlSource, id: string): Promise<RequestEvent | null> {
  const [row] = await queryRows(source, "SELECT * FROM request_event WHERE id = $1", [id]);
  return row ? eventOfRow(row) : null;
}

/** All events, oldest first, page by page. */
export async function* eventPages(source: SqlSource, take = 5000): AsyncGenerator<RequestEvent[]> {
  let after: EventKey = { startedAtMs: Number.MIN_SAFE_INTEGER, id: "" };
  for (;;) {
    const rows = await queryRows(
      source,
      "SELECT * FROM request_event WHERE (started_at_ms, id) > ($1, $2) ORDER BY started_at_ms, id LIMIT $3",
      [after.startedAtMs, after.id, take],
    );
    const events = rows.map(eventOfRow);
    const last = events.at(-1);
    if (last) yield events;
    if (!last || events.length < take) return;
    after = { startedAtMs: last.startedAtMs, id: last.id };
  }
}
