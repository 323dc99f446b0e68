import type { RequestEvent } from "#core/activity/request-event.ts";
import { type BatchNote, parseBatchNote } from "#core/batches/batch-note.ts";
import type { OpenBatch } from "#core/batches/open-batches.ts";
import { Placeholders } from "./event-filter.ts";
import { bigintOrNull, queryRows, type SqlSource, textOrNull, toText } from "./raw.ts";
import type { SqlConnection, SqlRow, SqlValue } from "./sql.ts";

/*
 * Batches that passed: who created them, where that was seen, and what is known of their end and their results. Each
 * statement may be run again, and in any order, with the same outcome: a spool may be read twice, and instances overtake
 * each other.
 */

const COLUMNS =
  "id, created_at_ms, project, team, person_id, proxy_key_id, billing_mode, is_creator, state, fetched, requests, models, estimate_nano_usd";
/** A batch that has ended, and results that were fetched, stay so. */
const FORWARD = `state = CASE WHEN batch.state = 'ended' THEN 'ended' ELSE excluded.state END,
  fetched = CASE WHEN batch.fetched = 'whole' OR excluded.fetched = 'whole' THEN 'whole'
    WHEN batch.fetched = 'part' OR excluded.fetched = 'part' THEN 'part' ELSE 'no' END`;
/** Who created it takes the place of who saw it first; of two that say so the first. */
const BY_CREATOR = `${FORWARD}, project = excluded.project, team = excluded.team, person_id = excluded.person_id,
  proxy_key_id = excluded.proxy_key_id, billing_mode = excluded.billing_mode, is_creator = 1,
  requests = excluded.requests, models = excluded.models, estimate_nano_usd = excluded.estimate_nano_usd
  WHERE batch.is_creator = 0`;

/** Keeps what these events say of batches. Inside the transaction that records the events. */
export async function keepBatches(connection: SqlConnection, events: readonly RequestEvent[]): Promise<void> {
  for (const [event, note] of readNotes(events)) {
    if (note.kind === "created") {
      const { id, createdAtMs, estimate } = note;
      const models = estimate === null ? null : JSON.stringify(estimate.models);
      const amounts = [estimate?.requests ?? 0, models, estimate?.estimateNanoUsd ?? null];
      await upsert(connection, [id, createdAtMs, ...whose(event), 1, "pending", "no", ...amounts], BY_CREATOR);
    } else if (note.kind === "seen") {
      for (const { id, createdAtMs, state, requests } of note.batches)
        await upsert(connection, [id, createdAtMs, ...whose(event), 0, state, "no", requests, null, null], FORWARD);
    } else if (note.kind === "results" && note.createdAtMs !== null) {
      const { id, createdAtMs, isWhole, booked, free } = note;
      const fetched = isWhole ? "whole" : booked + free > 0 ? "part" : "no";
      await upsert(connection, [id, createdAtMs, ...whose(event), 0, "ended", fetched, 0, null, null], FORWARD);
    }
  }
}

const whose = (event: RequestEvent) => [event.project, event.team, event.personId, event.proxyKeyId, event.billingMode];

async function upsert(connection: SqlConnection, values: readonly SqlValue[], change: string): Promise<void> {
  const places = values.map((_, at) => `$${at + 1}`).join(", ");
  const sql = `INSERT INTO batch (${COLUMNS}) VALUES (${places}) ON CONFLICT (id) DO UPDATE SET ${change}`;
  await connection.all(sql, [...values]);
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
    const sql = `SELECT * FROM batch WHERE is_creator = 1 AND id IN (${list.join(", ")})`;
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

function readNotes(events: readonly RequestEvent[]): [RequestEvent, BatchNote][] {
  return events.flatMap((event): [RequestEvent, BatchNote][] => {
    // What a record of an older version lacks is undefined here.
    const note = parseBatchNote(event.batch ?? null);
    return note === null ? [] : [[event, note]];
  });
}

/** An open batch with what it is filtered by. */
interface OpenBatchRow extends OpenBatch {
  project: string;
  team: string;
  personId: string;
  proxyKeyId: string;
  /** Empty: not known. */
  models: readonly string[];
}

/** Batches created since an instant whose results were not wholly fetched, newest first. */
export async function listOpenBatches(source: SqlSource, sinceMs: number, take: number): Promise<OpenBatchRow[]> {
  const places = new Placeholders();
  const rows = await queryRows(
    source,
    `SELECT * FROM batch WHERE created_at_ms >= ${places.of(sinceMs)} AND fetched <> 'whole' AND billing_mode = 'metered'
     ORDER BY created_at_ms DESC, id LIMIT ${places.of(take)}`,
    places.values,
  );
  return rows.map((row) => ({
    state: row.state === "ended" ? "ended" : "pending",
    isInPart: row.fetched === "part",
    estimateNanoUsd: bigintOrNull(row.estimate_nano_usd),
    project: toText(row.project),
    team: textOrNull(row.team) ?? "",
    personId: textOrNull(row.person_id) ?? "",
    proxyKeyId: textOrNull(row.proxy_key_id) ?? "",
    models: row.models == null ? [] : (JSON.parse(toText(row.models)) as [string, number][]).map(([model]) => model),
  }));
}
