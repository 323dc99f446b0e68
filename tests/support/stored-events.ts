import { WORD_COLUMNS } from "#store/event-words.ts";

type Cell = string | number | bigint | null;

/** Runs SQL on a database of CCO, with any driver. */
type Ask = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** A row of an event with its words, in columns as the database names them; integers are numbers. */
export type StoredEvent = Record<string, string | number | null>;

/**
 * Reads what the database holds of events, in the order of their ids. `where`: a condition on the columns that hold no
 * words.
 */
export async function storedEvents(ask: Ask, where = "1 = 1"): Promise<StoredEvent[]> {
  const words = new Map<number, string>();
  const found = await ask(`SELECT * FROM event_row WHERE ${where} ORDER BY id`);
  for (const { id, word_key, long_text } of await ask("SELECT id, word_key, long_text FROM event_word"))
    words.set(Number(id), String(long_text ?? word_key));
  const read = (name: string, cell: Cell) => {
    if (cell === null) return null;
    if (WORD_COLUMNS.has(name)) return words.get(Number(cell)) ?? null;
    return typeof cell === "bigint" ? Number(cell) : cell;
  };
  return found.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, read(name, cell as Cell)])),
  );
}
