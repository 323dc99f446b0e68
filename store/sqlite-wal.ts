import { setTimeout as wait } from "node:timers/promises";

/**
 * Turns the write-ahead log on; it stays in the file. The switch needs exclusive access to the file and does not wait
 * for it as other statements do, so two processes that start together need the second attempt.
 */
export async function switchToWal(execute: (sql: string) => Promise<unknown>, timeoutMs: number): Promise<void> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    try {
      await execute("PRAGMA journal_mode=WAL");
      return;
    } catch (error) {
      if (!isBusy(error) || Date.now() > until) throw error;
      await wait(20);
    }
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && /SQLITE_BUSY|database is locked|SocketTimeout/.test(`${error}`);
