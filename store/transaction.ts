import type { Database, Tx } from "./client.ts";
import { queryRows, type SqlSource } from "./raw.ts";
import type { SqlConnection } from "./sql.ts";

/**
 * All of it or nothing. Transactions run one after the other on both databases: the first statement takes the write lock
 * (SQLite) or the lock on the revision row (PostgreSQL), so what `work` reads cannot change before it commits. Without
 * that, a read before the first write fails on SQLite as soon as the ledger commits in between.
 */
export function inTransaction<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.$transaction(async (tx) => {
    await lockControl(tx);
    return work(tx);
  });
}

/** The same for the ledger's own connection; the two wait for each other. */
export function inControlTransaction<T>(connection: SqlConnection, work: () => Promise<T>): Promise<T> {
  return connection.transaction(async () => {
    await lockControl(connection);
    return work();
  });
}

const lockControl = (tx: SqlSource) =>
  queryRows(
    tx,
    "INSERT INTO revision (id, number) VALUES (1, 0) ON CONFLICT (id) DO UPDATE SET number = revision.number",
  );
