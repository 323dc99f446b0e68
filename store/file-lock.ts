import { closeSync, openSync } from "node:fs";
import { type Client, createClient } from "@libsql/client/sqlite3";
import { giveToOwner } from "./give-to-owner.ts";

/**
 * File lock that the operating system releases when its holder dies in any way. It works across containers which share
 * a folder. A pid proves nothing there: numbers repeat. SQLite does the locking, for every supported platform.
 */
export interface FileLock {
  /** False when another process holds it. Settled as soon as `takeFileLock` returns: the driver works synchronously. */
  taken: Promise<boolean>;
  release(): void;
}

/**
 * SQLite would make the file readable by all, and gives its journal the rights of the file. One that is there is not
 * opened: closing it would end every lock that this process holds on it (POSIX), and another process would take for
 * dead what lives.
 */
function makeForOwner(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
    giveToOwner(path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

/**
 * Tries to take a lock, without waiting. The folder must exist; the file is created when missing, for its owner alone,
 * and stays. `isShared`: with others that share it, and never beside one who does not.
 */
export function takeFileLock(path: string, { isShared = false }: { isShared?: boolean } = {}): FileLock {
  makeForOwner(path);
  let client: Client | null = createClient({ url: `file:${path}`, timeout: 0 });
  const release = () => {
    // The driver keeps a closed connection, and its lock, until garbage collection; ending the transaction releases
    // it at once.
    void client?.execute("ROLLBACK").catch(() => {}); // nothing to roll back where the lock was refused
    client?.close();
    client = null;
  };
  // A transaction that has read holds SQLite's shared lock until it ends. The driver runs a statement before it returns.
  const begun = client.execute(isShared ? "BEGIN" : "BEGIN EXCLUSIVE");
  const held = isShared ? client.execute("SELECT 1 FROM sqlite_master") : begun;
  const taken = Promise.all([begun, held]).then(
    () => true,
    (error: unknown) => {
      release();
      if (error instanceof Error && /SQLITE_BUSY|SQLITE_LOCKED/.test(error.message)) return false;
      throw error;
    },
  );
  return { taken, release };
}
