import { EventPartitions } from "./event-partitions.ts";
import { EventWords } from "./event-words.ts";
import type { SqlConnection } from "./sql.ts";

/**
 * What a connection knows of the tables that events are written to: ids of words, and partitions. What a transaction
 * adds is known beyond it only once it is confirmed: a roll-back takes it away again.
 */
export class EventMemory {
  readonly words = new EventWords();
  readonly partitions = new EventPartitions();

  /** The transaction is committed. */
  confirm(): void {
    this.words.confirm();
    this.partitions.confirm();
  }

  /** A transaction begins. */
  forgetAdded(): void {
    this.words.forgetAdded();
    this.partitions.forgetAdded();
  }
}

const byConnection = new WeakMap<SqlConnection, EventMemory>();

/**
 * What this connection knows, for a transaction that begins now. It goes with the connection: the next may be to
 * another database.
 */
export function openMemory(connection: SqlConnection): EventMemory {
  const known = byConnection.get(connection) ?? new EventMemory();
  byConnection.set(connection, known);
  known.forgetAdded();
  return known;
}
