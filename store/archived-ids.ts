import { createHash } from "node:crypto";
import { toUtcDay } from "#core/time/utc-day.ts";
import { Placeholders } from "./event-filter.ts";
import { queryRows, type SqlSource, toText } from "./raw.ts";
import type { SqlConnection } from "./sql.ts";

/**
 * Bytes that are kept of an id when its event is archived. Of a million ids, two agree by chance once in forty million
 * archives.
 */
const HASH_BYTES = 8;

interface Identified {
  id: string;
  startedAtMs: number;
}

/**
 * Hashes ids to the form in which the table of the archive keeps them. Each takes eight bytes, in the order of the ids,
 * base64.
 */
export function hashIds(ids: readonly string[]): string {
  const all = Buffer.alloc(ids.length * HASH_BYTES);
  ids.forEach((id, at) => {
    hashId(id).copy(all, at * HASH_BYTES);
  });
  return all.toString("base64");
}

const hashId = (id: string): Buffer => createHash("sha256").update(id).digest().subarray(0, HASH_BYTES);
const toKey = (hash: Buffer): string => hash.toString("latin1");

/**
 * Finds those of the events that are in the archive. Only days before `archivedBeforeMs` are looked at, so that an ordinary
 * record costs nothing; null: nothing is archived.
 */
export async function findArchivedIds(
  source: SqlSource,
  events: readonly Identified[],
  archivedBeforeMs: number | null,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  if (archivedBeforeMs === null) return found;
  const late = events.filter(({ startedAtMs }) => startedAtMs < archivedBeforeMs);
  for (const day of new Set(late.map(({ startedAtMs }) => toUtcDay(startedAtMs)))) {
    const hashes = await hashesOfDay(source, day);
    for (const { id, startedAtMs } of late)
      if (toUtcDay(startedAtMs) === day && hashes.has(toKey(hashId(id)))) found.add(id);
  }
  return found;
}

async function hashesOfDay(source: SqlSource, day: string): Promise<ReadonlySet<string>> {
  const places = new Placeholders();
  const rows = await queryRows(
    source,
    `SELECT id_hashes FROM archive_file WHERE day = ${places.of(day)}`,
    places.values,
  );
  const hashes = new Set<string>();
  for (const row of rows) {
    const all = Buffer.from(toText(row.id_hashes), "base64");
    for (let at = 0; at < all.length; at += HASH_BYTES) hashes.add(toKey(all.subarray(at, at + HASH_BYTES)));
  }
  return hashes;
}

/**
 * Drops events that are in the archive: a spool may still hold their records. Inside the transaction that inserts the
 * others.
 */
export async function withoutArchived<Event extends Identified>(
  connection: SqlConnection,
  events: Event[],
  archivedBeforeMs: number | null,
): Promise<Event[]> {
  const archived = await findArchivedIds(connection, events, archivedBeforeMs);
  return archived.size === 0 ? events : events.filter(({ id }) => !archived.has(id));
}
