import { chownSync, existsSync, readdirSync, readlinkSync, realpathSync, statSync } from "node:fs";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { databaseKind, sqliteFile } from "./database-url.ts";
import { type FileLock, takeFileLock } from "./file-lock.ts";

const TRY_AGAIN_MS = 50;

/** A restore has the SQLite file to itself. Passes when it has ended. */
export class DatabaseBeingRestored extends Error {
  /** As SQLite itself calls a file that another process holds. */
  readonly code = "SQLITE_BUSY";

  constructor(file: string) {
    super(`SQLITE_BUSY: a restore replaces ${file} now; it can be used when that has ended`);
    this.name = "DatabaseBeingRestored";
  }
}

/** What this process holds of one lock file. */
interface Held {
  /** Null while a restore of this process has the lock alone, and where the folder takes no file. */
  shared: FileLock | null;
  users: number;
  isAlone: boolean;
}

/** By device and inode of the lock file. One lock a process: two would stand in each other's way. */
const held = new Map<string, Held>();

/** The file whose lock says that a SQLite database is open. Beside the database itself, with links resolved. */
const findLockFile = (file: string): string => `${realpathSync(file)}.lock`;

/**
 * Notes that this process has the SQLite file of an address open, until the returned function is called. The operating
 * system ends the note with the process. Waits for a restore; throws `DatabaseBeingRestored` where that takes longer.
 * The file must be there.
 */
export async function noteDatabaseOpen(url: string, timeoutMs: number): Promise<() => void> {
  if (databaseKind(url) !== "sqlite") return () => {};
  const file = sqliteFile(url);
  const untilTick = performance.now() + timeoutMs;
  for (;;) {
    const release = await tryToNote(file);
    if (release !== null) return release;
    if (performance.now() > untilTick) throw new DatabaseBeingRestored(file);
    await wait(TRY_AGAIN_MS);
  }
}

async function tryToNote(file: string): Promise<(() => void) | null> {
  const path = findLockFile(file);
  const isNew = !existsSync(path);
  const known = isNew ? undefined : held.get(toKey(path));
  if (known !== undefined) return addUser(known, path);
  let shared: FileLock | null;
  try {
    shared = takeFileLock(path, { isShared: true });
    if (isNew) giveToOwner(path, file);
    if (!(await shared.taken)) return null;
  } catch {
    // A full or read-only folder is no reason to do without the database.
    if (!existsSync(path)) return () => {};
    shared = null;
  }
  const meanwhile = held.get(toKey(path));
  if (meanwhile !== undefined) {
    shared?.release();
    return addUser(meanwhile, path);
  }
  const one: Held = { shared, users: 0, isAlone: false };
  held.set(toKey(path), one);
  return addUser(one, path);
}

/** A command of the administrator must not make a lock file that the user of CCO cannot open. */
function giveToOwner(path: string, file: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(file);
  chownSync(path, uid, gid);
}

const toKey = (path: string): string => {
  const { dev, ino } = statSync(path);
  return `${dev}:${ino}`;
};

function addUser(one: Held, path: string): () => void {
  const key = toKey(path);
  one.users += 1;
  let isReleased = false;
  return () => {
    if (isReleased) return;
    isReleased = true;
    one.users -= 1;
    if (one.users > 0 || one.isAlone) return;
    one.shared?.release();
    if (held.get(key) === one) held.delete(key);
  };
}

/**
 * Takes a SQLite file for this process alone. No other has it open, and none opens it until the returned function is called.
 * Connections of this process stay. Null where another process has it open.
 */
export async function takeDatabaseAlone(file: string): Promise<(() => Promise<void>) | null> {
  const path = findLockFile(file);
  const release = await tryToNote(file);
  if (release === null) return null;
  // A folder that takes no file takes no database either.
  if (!existsSync(path)) return async () => release();
  const one = held.get(toKey(path));
  if (one === undefined || one.isAlone) {
    release();
    return null;
  }
  one.isAlone = true;
  one.shared?.release();
  one.shared = null;
  let lock: FileLock | null = null;
  const giveBack = async () => {
    lock?.release();
    const again = takeFileLock(path, { isShared: true });
    one.shared = (await again.taken) ? again : null;
    one.isAlone = false;
    release();
  };
  try {
    lock = takeFileLock(path);
    if (await lock.taken) return giveBack;
  } catch (error) {
    // A full disk: SQLite begins a file with the first lock that is not shared.
    await giveBack();
    throw error;
  }
  await giveBack();
  return null;
}

/** Names the other processes of this machine that have a SQLite file open. Empty where the system does not say (no `/proc`). */
export function findDatabaseUsers(file: string): number[] {
  const path = findLockFile(file);
  return entries("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => entries(`/proc/${pid}/fd`).some((descriptor) => isLinkTo(`/proc/${pid}/fd/${descriptor}`, path)))
    .map(Number)
    .sort((one, other) => one - other);
}

function isLinkTo(link: string, path: string): boolean {
  try {
    return readlinkSync(link) === path;
  } catch {
    return false;
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
