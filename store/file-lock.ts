import { type Client, createClient } from "@libsql/client/sqlite3";

/**
 * A lock that the operating system gives up when its holder dies, however it dies, and that holds across containers which
 * share a folder. A pid proves nothing there: numbers repeat. SQLite does the locking, for every platform we run on.
 */
export interface FileLock {
  /** False when somebody else holds it. Settled as soon as `takeFileLock` returns: the driver works synchronously. */
  taken: Promise<boolean>;
  release(): void;
}

/** Never waits. The folder must exist; the file is made when missing, and stays. */
export function takeFileLock(path: string): FileLock {
  let client: Client | null = createClient({ url: `file:${path}`, timeout: 0 });
  const release = () => {
    // The driver keeps a closed connection, and its lock, until the garbage is collected; the end of the transaction does not wait.
    void client?.execute("ROLLBACK").catch(() => {}); // nothing to roll back where the lock was refused
    client?.close();
    client = null;
  };
  const taken = client.execute("BEGIN EXCLUSIVE").then(
    () => true,
    (error: unknown) => {
      release();
      if (error instanceof Error && /SQLITE_BUSY|SQLITE_LOCKED/.test(error.message)) return false;
      throw error;
    },
  );
  return { taken, release };
}
