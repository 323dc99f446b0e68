import type { RequestEvent } from "#core/activity/request-event.ts";
import { type BatchNote, parseBatchNote } from "#core/batches/batch-note.ts";
import { Placeholders } from "./event-filter.ts";
import { insertRows } from "./insert-rows.ts";
import type { SqlConnection, SqlRow } from "./sql.ts";

/*
 * Batches whose creation was seen. Their answered requests count for who created them, by any reader of the results.
 */

const insertion = {
  table: "batch",
  columns: ["id", "created_at_ms", "project", "team", "person_id", "proxy_key_id", "billing_mode"],
  onConflict: 'ON CONFLICT ("id") DO NOTHING',
};

/** Keeps the batches that these events created. Inside the transaction that records the events. */
export async function keepCreatedBatches(connection: SqlConnection, events: readonly RequestEvent[]): Promise<void> {
  const rows = readNotes(events).flatMap(([event, note]) =>
    note.kind === "created"
      ? [
          [
            note.id,
            note.createdAtMs,
            event.project,
            event.team,
            event.personId,
            event.proxyKeyId,
            event.billingMode,
          ] as const,
        ]
      : [],
  );
  const distinct = [...new Map(rows.map((row) => [row[0], [...row]])).values()];
  if (distinct.length > 0) await insertRows(connection, insertion, distinct);
}

/** Batches asked for in one statement. */
const BATCHES_AT_ONCE = 500;

/**
 * Returns the events with the answered requests of batches counted for who created the batch. Those of a batch whose
 * creation was not seen, and all others, are as they were. Inside the transaction that records them.
 */
export async function withBatchCreators(connection: SqlConnection, events: RequestEvent[]): Promise<RequestEvent[]> {
  const batchOf = new Map(readNotes(events).flatMap(([{ id }, note]) => (note.kind === "line" ? [[id, note.id]] : [])));
  if (batchOf.size === 0) return events;
  const ids = [...new Set(batchOf.values())];
  const creators = new Map<string, SqlRow>();
  for (let from = 0; from < ids.length; from += BATCHES_AT_ONCE) {
    const places = new Placeholders();
    const list = ids.slice(from, from + BATCHES_AT_ONCE).map((id) => places.of(id));
    const sql = `SELECT * FROM batch WHERE id IN (${list.join(", ")})`;
    for (const row of await connection.all(sql, places.values)) creators.set(String(row.id), row);
  }
  return events.map((event) => {
    const creator = creators.get(batchOf.get(event.id) ?? "");
    return creator === undefined ? event : { ...event, ...toWhose(creator) };
  });
}

const toWhose = (row: SqlRow): Pick<RequestEvent, "project" | "team" | "personId" | "proxyKeyId" | "billingMode"> => ({
  project: String(row.project),
  team: textOrNull(row.team),
  personId: textOrNull(row.person_id),
  proxyKeyId: textOrNull(row.proxy_key_id),
  billingMode: row.billing_mode === "subscription" ? "subscription" : "metered",
});

const textOrNull = (value: SqlRow[string] | undefined): string | null => (value == null ? null : String(value));

function readNotes(events: readonly RequestEvent[]): [RequestEvent, BatchNote][] {
  return events.flatMap((event): [RequestEvent, BatchNote][] => {
    // What a record of an older version lacks is undefined here.
    const note = parseBatchNote(event.batch ?? null);
    return note === null ? [] : [[event, note]];
  });
}
