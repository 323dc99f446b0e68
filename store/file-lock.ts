import { closeSync, lstatSync, openSync, type Stats } from "node:fs";
import { type Client, createClient } from "@libsql/client/sqlite3";
import { quoteForShell } from "#core/shell-word.ts";
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

/** Why a lock file shows nothing, in one clause, and what to do about it. */
export interface LockFault {
  text: string;
  fix: string;
}

/** A lock that cannot be asked for, since something else stands at its path. */
export class LockUnusable extends Error {
  constructor(readonly fault: LockFault) {
    super(`${fault.text}: ${fault.fix}`);
    this.name = "LockUnusable";
  }
}

/**
 * Finds what stands where a lock file or its journal should be. A lock is a regular file that holds nothing. Behind a link
 * each process may find another one, and SQLite would make what the link names.
 */
export function findObstacle(path: string): LockFault | null {
  for (const at of [path, `${path}-journal`]) {
    const stat = lookAt(at);
    const kind = stat === null ? null : describeObstacle(stat, at === path);
    if (kind !== null)
      return {
        text: `The lock file ${path} cannot be used: ${at} is ${kind}`,
        fix: `mv ${quoteForShell(at)} ${quoteForShell(`${at}.aside`)}`,
      };
  }
  return null;
}

function describeObstacle(stat: Stats, isLock: boolean): string | null {
  if (stat.isSymbolicLink()) return "a symbolic link";
  if (stat.isDirectory()) return "a folder";
  if (!stat.isFile()) return "no regular file";
  return isLock && stat.size > 0 ? "a file that holds something" : null;
}

function lookAt(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch {
    return null; // not there, or in a folder that says so itself when the lock is made
  }
}

/** Throws `LockUnusable` where something else stands at the path of a lock. */
export function requireLockable(path: string): void {
  const obstacle = findObstacle(path);
  if (obstacle !== null) throw new LockUnusable(obstacle);
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
 * and stays. `isShared`: with others that share it, and never beside one who does not. `taken` is rejected with
 * `LockUnusable` where something else stands there, or this user may not open the file.
 */
export function takeFileLock(path: string, { isShared = false }: { isShared?: boolean } = {}): FileLock {
  const obstacle = findObstacle(path);
  if (obstacle !== null) return { taken: Promise.reject(new LockUnusable(obstacle)), release: () => {} };
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
      throw error instanceof Error && /SQLITE_CANTOPEN/.test(error.message) ? toClosed(path) : error;
    },
  );
  return { taken, release };
}

const toClosed = (path: string): LockUnusable =>
  new LockUnusable({
    text: `The lock file ${path} cannot be opened by this user`,
    fix: "give it the owner and the rights of the files beside it",
  });
