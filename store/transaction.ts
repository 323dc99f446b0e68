import type { Database, Tx } from "./client.ts";
import { queryRows, type SqlSource } from "./raw.ts";
import type { SqlConnection } from "./sql.ts";

/**
 * Runs `work` atomically. Transactions are serialised on both databases: the first statement takes the write lock
 * (SQLite) or the lock on the revision row (PostgreSQL), so what `work` reads cannot change before it commits.
 * Without that, a read before the first write fails on SQLite as soon as the ledger commits in between.
 */
export function inTransaction<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.$transaction(async (tx) => {
    await lockControl(tx);
    return work(tx);
  });
}

/** Runs `work` atomically on the ledger's own connection; the two kinds of transaction wait for each other. */
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
