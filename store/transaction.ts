import type { Database } from "./client.ts";
import type { Prisma } from "./generated/sqlite/client.ts";

/** What a transaction offers; a `Database` offers it too, so queries that need no transaction take either. */
export type Tx = Prisma.TransactionClient;

/**
 * All of it or nothing. Transactions run one after the other on both databases: the first statement takes the write lock
 * (SQLite) or the lock on the revision row (PostgreSQL), so what `work` reads cannot change before it commits. Without
 * that, a read before the first write fails on SQLite as soon as the ledger commits in between.
 */
export function inTransaction<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.$transaction(async (tx) => {
    await tx.$executeRaw`INSERT INTO revision (id, number) VALUES (1, 0) ON CONFLICT (id) DO UPDATE SET number = revision.number`;
    return work(tx);
  });
}
