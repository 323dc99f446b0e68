import { type Client, createClient } from "@libsql/client";

/** Longer than any writer holds the lock, on the slowest machine the suite runs on. */
const LOCK_WAIT_MS = 60_000;

/** Opens a SQLite file that a proxy under test writes at the same time: statements wait for its lock. Close it with `close()`. */
export function openSqliteFile(path: string): Client {
  return createClient({ url: `file:${path}`, timeout: LOCK_WAIT_MS });
}
