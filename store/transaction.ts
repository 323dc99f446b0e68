import type { Database } from "./client.ts";
import type { Prisma } from "./generated/sqlite/client.ts";

/** What queries take: a transaction, or the database itself. */
export type Tx = Prisma.TransactionClient;

const queues = new WeakMap<Database, Promise<unknown>>();

/**
 * Everything in `work` happens or nothing does. Write transactions of one process run one after another: the SQLite
 * driver is synchronous, so a second one that waits for the first one's lock would keep the first from ever committing.
 */
export function inTransaction<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  const before = queues.get(db) ?? Promise.resolve();
  const run = before.then(() =>
    db.$transaction(
      async (tx) => {
        // A write first takes the write lock: nothing read afterwards can change before the commit.
        await tx.$executeRaw`UPDATE revision SET number = number WHERE id = 1`;
        return work(tx);
      },
      { maxWait: 10_000, timeout: 15_000 },
    ),
  );
  queues.set(
    db,
    run.catch(() => undefined),
  );
  return run;
}
