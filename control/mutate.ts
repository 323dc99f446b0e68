import type { Tx } from "#store/client.ts";
import { bumpRevision } from "#store/revision.ts";
import { inTransaction } from "#store/transaction.ts";
import type { ControlDeps } from "./deps.ts";

/**
 * Runs one change by one actor in a transaction; every instance notices it within its next poll. The revision is
 * raised first: that takes the write lock, so what is read afterwards cannot change before the commit (two owners
 * demoting each other, fifty people setting up at once).
 */
export function mutate<T>(deps: ControlDeps, change: (tx: Tx, at: Date) => Promise<T>): Promise<T> {
  return inTransaction(deps.db, async (tx) => {
    await bumpRevision(tx);
    return change(tx, deps.now());
  });
}
