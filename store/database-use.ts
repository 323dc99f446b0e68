import { existsSync, lstatSync, realpathSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { fitLock, reportLock } from "./database-lock.ts";
import { databaseKind, sqliteFile } from "./database-url.ts";
import { type FileLock, requireLockable, takeFileLock } from "./file-lock.ts";
import { findOpeners } from "./open-files.ts";

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
  /** The database, with links resolved. */
  file: string;
  /** As `toKey` found it when the lock was taken. */
  key: string;
  /** Null while a restore of this process has the lock alone, and where it cannot be opened or made. */
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

async function tryToNote(given: string): Promise<(() => void) | null> {
  const file = realpathSync(given);
  const path = findLockFile(file);
  const known = existsSync(path) ? held.get(toKey(path)) : undefined;
  if (known !== undefined) return addUser(known);
  let shared: FileLock | null;
  try {
    shared = takeShared(file);
    if (!(await shared.taken)) return null;
  } catch {
    // A lock that cannot be made (full or read-only folder) or opened is no reason to do without the database.
    shared = null;
    reportLock(file);
  }
  const key = toKey(path);
  const meanwhile = held.get(key);
  if (meanwhile !== undefined) {
    shared?.release();
    return addUser(meanwhile);
  }
  const one: Held = { file, key, shared, users: 0, isAlone: false };
  held.set(key, one);
  keepLooking();
  return addUser(one);
}

/** Asks for the shared lock, in a file that everyone who may write the database can open. */
function takeShared(file: string): FileLock {
  const path = findLockFile(file);
  requireLockable(path);
  const isNew = !existsSync(path);
  if (!isNew) fitLock(file, { isNew });
  const lock = takeFileLock(path, { isShared: true });
  if (isNew) fitLock(file, { isNew });
  return lock;
}

const toKey = (path: string): string => {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat === undefined ? path : `${stat.dev}:${stat.ino}`;
};

function addUser(one: Held): () => void {
  one.users += 1;
  let isReleased = false;
  return () => {
    if (isReleased) return;
    isReleased = true;
    one.users -= 1;
    if (one.users > 0 || one.isAlone) return;
    one.shared?.release();
    if (held.get(one.key) === one) held.delete(one.key);
  };
}

/** A lock may have been removed, or given to this user, since it was asked for. */
const LOOK_EVERY_MS = 60_000;
let looking: NodeJS.Timeout | null = null;

function keepLooking(): void {
  looking ??= setInterval(() => void lookAtLocks(), LOOK_EVERY_MS).unref();
}

/** Takes each lock again that this process does not hold, or not in the file that others look at. */
export async function lookAtLocks(): Promise<void> {
  for (const one of held.values()) if (!one.isAlone) await takeAgain(one).catch(() => {});
  if (held.size > 0 || looking === null) return;
  clearInterval(looking);
  looking = null;
}

async function takeAgain(one: Held): Promise<void> {
  const path = `${one.file}.lock`;
  if (!existsSync(one.file) || (one.shared !== null && toKey(path) === one.key)) return;
  const lock = takeShared(one.file);
  if (!(await lock.taken)) return;
  const key = toKey(path);
  const other = held.get(key);
  if (one.isAlone || one.users === 0 || (other !== undefined && other !== one)) return lock.release();
  one.shared?.release();
  held.delete(one.key);
  one.key = key;
  one.shared = lock;
  held.set(key, one);
}

/**
 * Takes a SQLite file for this process alone. No other has it open, and none opens it until the returned function is called.
 * Connections of this process stay. Null where another process has it open. Throws `LockUnusable` where no lock can be
 * asked for.
 */
export async function takeDatabaseAlone(file: string): Promise<(() => Promise<void>) | null> {
  const path = findLockFile(file);
  requireLockable(path);
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
    one.shared = (await again.taken.catch(() => false)) ? again : null;
    one.isAlone = false;
    release();
  };
  try {
    lock = takeFileLock(path);
    if ((await lock.taken) && findDatabaseOpeners(file).length === 0) return giveBack;
  } catch (error) {
    // A full disk: SQLite begins a file with the first lock that is not shared.
    await giveBack();
    throw error;
  }
  await giveBack();
  return null;
}

/** Names the other processes of this machine that hold the lock of a SQLite file or have the file open. */
export function findDatabaseUsers(file: string): number[] {
  const path = findLockFile(file);
  return findOpeners({ paths: toDatabaseFiles(file), names: [path, toRemoved(path)] });
}

/**
 * Names the other processes that have a SQLite file open, with its lock or without. A lock may have been closed to them,
 * or removed. The driver keeps the file of a closed connection open until garbage collection: such a process counts too.
 */
export const findDatabaseOpeners = (file: string): number[] =>
  findOpeners({ paths: toDatabaseFiles(file), names: [toRemoved(findLockFile(file))] });

function toDatabaseFiles(given: string): string[] {
  const file = realpathSync(given);
  return [file, `${file}-wal`, `${file}-shm`];
}

/** A removed file as `/proc` names it where a process has it open. Others do not see its lock. */
const toRemoved = (path: string): string => `${path} (deleted)`;
