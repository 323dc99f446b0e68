import { createHash } from "node:crypto";
import { EVENT_COLUMNS } from "#core/activity/event-schema.ts";
import type { RowsInsert } from "./alike-rows.ts";
import { columnArray } from "./column-arrays.ts";
import { insertRows } from "./insert-rows.ts";
import { queryRows, type SqlSource } from "./raw.ts";
import type { SqlConnection, SqlRow, SqlValue } from "./sql.ts";

/*
 * Columns of a few words hold ids of `event_word` (docs/decisions/073-events-by-ids-of-words.md). Ids are never used
 * again, so what was read once stays true.
 */

/** A longer word is found by its hash: PostgreSQL's index takes none beyond 2,704 bytes. */
const KEY_MAX = 120;
/** A key that begins with it is a hash, so a word that does is found by its hash, too. */
const HASH_SIGN = "#";
/** Words that one connection remembers. */
const KEPT_MAX = 20_000;
const IDS_AT_ONCE = [16, 128, 1_000] as const;

/** The columns that hold ids of words. */
export const WORD_COLUMNS: ReadonlySet<string> = new Set(
  EVENT_COLUMNS.filter(({ kind }) => kind === "word").map(({ column }) => column),
);

/** The key a word is found by. */
const wordKey = (word: string): string =>
  word.length <= KEY_MAX && !word.startsWith(HASH_SIGN)
    ? word
    : `${HASH_SIGN}${createHash("sha256").update(word).digest("base64")}`;

/** Ids of words that a query asks for; 0, which is no id, for one that no event has. */
export type WordIds = (word: string) => number;

/**
 * Reads the ids of words before a query names them. A query that looked them up itself would be planned by PostgreSQL
 * without their frequency: it walked the whole history for a person without requests.
 */
export async function readWordIds(source: SqlSource, words: Iterable<string>): Promise<WordIds> {
  const ids = new Map<string, number>();
  const keys = [...new Set([...words].map(wordKey))];
  const most = IDS_AT_ONCE.at(-1) as number;
  for (let from = 0; from < keys.length; from += most) {
    const some = padded(keys.slice(from, from + most));
    const places = some.map((_, at) => `$${at + 1}`).join(", ");
    const rows = await queryRows(source, `SELECT id, word_key FROM event_word WHERE word_key IN (${places})`, some);
    for (const { id, word_key } of rows) ids.set(String(word_key), Number(id));
  }
  return (word) => ids.get(wordKey(word)) ?? 0;
}

/** Few lengths, so that statements are prepared ones. */
function padded<Value>(some: readonly Value[]): Value[] {
  const length = IDS_AT_ONCE.find((size) => size >= some.length) ?? some.length;
  return [...some, ...Array.from({ length: length - some.length }, () => some[0] as Value)];
}

/** Months since the year 0, UTC: an order of months as whole numbers. */
export function monthNumber(ms: number): number {
  const at = new Date(ms);
  return at.getUTCFullYear() * 12 + at.getUTCMonth();
}

interface KnownWord {
  id: number;
  month: number;
}

const insertion: RowsInsert = {
  table: "event_word",
  columns: ["word_key", "long_text", "used_month"],
  // Always change the row, so that it is returned. Also, a word which is about to be removed as unused is then locked
  // and stays.
  onConflict: `ON CONFLICT ("word_key") DO UPDATE SET "used_month" =
    CASE WHEN event_word."used_month" < excluded."used_month" THEN excluded."used_month" ELSE event_word."used_month" END
    RETURNING "id", "word_key"`,
};

/**
 * Ids of words as one connection has met them. What a transaction adds is remembered beyond it only once it is
 * confirmed: after a roll-back these ids are no words.
 */
export class EventWords {
  private readonly kept = new Map<string, KnownWord>();
  private added = new Map<string, KnownWord>();

  /**
   * Replaces words by their ids in the cells of `rows` at these positions. Words that are new are added. Inside a
   * transaction. `latestMs`: the start of the newest of these events.
   */
  async intern(
    connection: SqlConnection,
    rows: readonly SqlValue[][],
    positions: readonly number[],
    latestMs: number,
  ): Promise<void> {
    const month = Math.max(monthNumber(Date.now()), monthNumber(latestMs) || 0);
    const missing = new Set<string>();
    for (const row of rows)
      for (const at of positions) {
        const word = row[at];
        if (typeof word === "string" && this.find(word, month) === undefined) missing.add(word);
      }
    if (missing.size > 0) await this.add(connection, [...missing], month);
    for (const row of rows)
      for (const at of positions) {
        const word = row[at];
        if (typeof word === "string") row[at] = this.find(word, month) as number;
      }
  }

  /** What the transaction added is committed. */
  confirm(): void {
    if (this.kept.size + this.added.size > KEPT_MAX) this.kept.clear();
    for (const [word, known] of this.added) this.kept.set(word, known);
    this.forgetAdded();
  }

  /** A new transaction begins, or the last one was rolled back. */
  forgetAdded(): void {
    if (this.added.size > 0) this.added = new Map();
  }

  private find(word: string, month: number): number | undefined {
    const known = this.kept.get(word) ?? this.added.get(word);
    return known !== undefined && known.month >= month ? known.id : this.added.get(word)?.id;
  }

  private async add(connection: SqlConnection, words: string[], month: number): Promise<void> {
    // Add words in one order for all processes. Two that add the same words then wait for each other and do not block
    // each other.
    const byKey = new Map(words.map((word) => [wordKey(word), word]));
    const note = (row: SqlRow) => {
      const word = byKey.get(String(row.word_key));
      if (word === undefined) return;
      this.added.set(word, { id: Number(row.id), month });
      byKey.delete(String(row.word_key));
    };
    // On PostgreSQL each word that is there already would use up an id.
    if (connection.dialect === "postgresql")
      for (const row of await findCurrent(connection, [...byKey.keys()], month)) note(row);
    const rows = [...byKey.keys()].sort().map((key): SqlValue[] => {
      const word = byKey.get(key) as string;
      return [key, key === word ? null : word, month];
    });
    for (const row of await insertRows(connection, insertion, rows)) note(row);
    const [lost] = byKey.values();
    if (lost !== undefined) throw new Error(`The database returns a word of ${lost.length} characters as another one.`);
  }
}

/** Words that are there and need no newer month. */
const findCurrent = (connection: SqlConnection, keys: readonly string[], month: number): Promise<SqlRow[]> =>
  connection.all("SELECT id, word_key FROM event_word WHERE word_key = ANY(CAST($1 AS text[])) AND used_month >= $2", [
    columnArray(
      "text",
      keys.map((key) => [key]),
      0,
    ),
    month,
  ]);

/**
 * Puts the words into rows of `event_row`, in the columns that hold ids; returns the same rows. `columns`: those that
 * the rows have, where not all.
 */
export async function withWords(
  source: SqlSource,
  rows: SqlRow[],
  columns: Iterable<string> = WORD_COLUMNS,
): Promise<SqlRow[]> {
  const names = [...columns];
  const ids = new Set<number>();
  for (const row of rows)
    for (const name of names) {
      const cell = row[name];
      if (cell !== null && cell !== undefined) ids.add(Number(cell));
    }
  const words = await readWords(source, [...ids]);
  for (const row of rows)
    for (const name of names) {
      const cell = row[name];
      if (cell !== null && cell !== undefined) row[name] = words.get(Number(cell)) ?? null;
    }
  return rows;
}

async function readWords(source: SqlSource, ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
  const words = new Map<number, string>();
  const most = IDS_AT_ONCE.at(-1) as number;
  for (let from = 0; from < ids.length; from += most) {
    const some = padded(ids.slice(from, from + most));
    const places = some.map((_, at) => `$${at + 1}`).join(", ");
    const found = await queryRows(
      source,
      `SELECT id, word_key, long_text FROM event_word WHERE id IN (${places})`,
      some,
    );
    for (const { id, word_key, long_text } of found) words.set(Number(id), String(long_text ?? word_key));
  }
  return words;
}

/** Some milliseconds of a transaction. */
const REMOVED_AT_ONCE = 500;

/**
 * Removes some words that no event has been written with since a month (`monthNumber`). They go in the order of their
 * ids, behind `afterId`. Returns the last id and how many went; null: there are none behind it. The caller knows that
 * no event is held that was written before that month.
 */
export async function removeUnusedWords(
  connection: SqlConnection,
  beforeMonth: number,
  afterId: number,
): Promise<{ lastId: number; removed: number } | null> {
  const found = await connection.all(
    `SELECT id FROM event_word WHERE id > $1 AND used_month < $2 ORDER BY id LIMIT ${REMOVED_AT_ONCE}`,
    [afterId, beforeMonth],
  );
  const ids = found.map(({ id }) => Number(id));
  const lastId = ids.at(-1);
  if (lastId === undefined) return null;
  // One that is written with again since then stays.
  const places = ids.map((_, at) => `$${at + 2}`).join(", ");
  const removed = await connection.all(
    `DELETE FROM event_word WHERE used_month < $1 AND id IN (${places}) RETURNING id`,
    [beforeMonth, ...ids],
  );
  return { lastId, removed: removed.length };
}
