import { createHash } from "node:crypto";
import { utcDayOf } from "#core/time/utc-day.ts";
import { Placeholders } from "./event-filter.ts";
import { queryRows, type SqlSource, toText } from "./raw.ts";
import type { SqlConnection } from "./sql.ts";

/** What is kept of an id when its event is archived: of a million, two agree by chance once in forty million archives. */
const HASH_BYTES = 8;

interface Identified {
  id: string;
  startedAtMs: number;
}

/** The hashes of ids as the table of the archive keeps them: eight bytes each, in the order of the ids, base64. */
export function hashIds(ids: readonly string[]): string {
  const all = Buffer.alloc(ids.length * HASH_BYTES);
  ids.forEach((id, at) => {
    hashOf(id).copy(all, at * HASH_BYTES);
  });
  return all.toString("base64");
}

const hashOf = (id: string): Buffer => createHash("sha256").update(id).digest().subarray(0, HASH_BYTES);
const keyOf = (hash: Buffer): string => hash.toString("latin1");

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
  for (const day of new Set(late.map(({ startedAtMs }) => utcDayOf(startedAtMs)))) {
    const hashes = await hashesOfDay(source, day);
    for (const { id, startedAtMs } of late)
      if (utcDayOf(startedAtMs) === day && hashes.has(keyOf(hashOf(id)))) found.add(id);
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
    for (let at = 0; at < all.length; at += HASH_BYTES) hashes.add(keyOf(all.subarray(at, at + HASH_BYTES)));
  }
  return hashes;
}

/** Drops events that are in the archive: a spool may still hold their records. Inside the transaction that inserts the others. */
export async function withoutArchived<Event extends Identified>(
  connection: SqlConnection,
  events: Event[],
  archivedBeforeMs: number | null,
): Promise<Event[]> {
  const archived = await findArchivedIds(connection, events, archivedBeforeMs);
  return archived.size === 0 ? events : events.filter(({ id }) => !archived.has(id));
}
