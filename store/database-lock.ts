import { accessSync, chmodSync, constants, lchownSync, realpathSync, type Stats, statSync } from "node:fs";
import process from "node:process";
import { quoteForShell } from "#core/shell-word.ts";
import { findObstacle, type LockFault } from "./file-lock.ts";

/** Databases whose lock was not open to all who may write them until this process set its rights right. */
const wasUnfit = new Set<string>();
const reported = new Set<string>();

const WRITABLE = 0o666;

/**
 * Gives a lock file owner, group and rights of its database, as far as this process may. A command of the administrator must not make one that the user of CCO cannot open.
 */
export function fitLock(file: string, { isNew }: { isNew: boolean }): void {
  const path = `${file}.lock`;
  const [database, lock] = [statSync(file), statSync(path)];
  if (isFit(lock, database)) return;
  if (!isNew) wasUnfit.add(file);
  attempt(() => chmodSync(path, database.mode & WRITABLE));
  attempt(() => lchownSync(path, database.uid, database.gid)) ||
    attempt(() => lchownSync(path, lock.uid, database.gid));
}

/** Whether everyone who may write the database may open its lock. */
function isFit(lock: Stats, database: Stats): boolean {
  const mayGroup = (database.mode & 0o020) !== 0;
  const isOpenToGroup = lock.gid === database.gid && (lock.mode & 0o020) !== 0;
  const isOpenToAll = (lock.mode & 0o002) !== 0 || (database.mode & 0o002) === 0;
  return isOpenToAll && (mayGroup ? isOpenToGroup : lock.uid === database.uid);
}

function attempt(change: () => void): boolean {
  try {
    change();
    return true;
  } catch {
    return false;
  }
}

/** Says once, in the log of this process, that it has a database open and a restore cannot see it. */
export function reportLock(file: string): void {
  const fault = findLockFault(file);
  if (fault === null || reported.has(file)) return;
  reported.add(file);
  process.stderr.write(
    `${fault.text}, so a restore does not see that this process has the database open: ${formatLockFix(fault)}\n`,
  );
}

/** Formats what to do, with the wait. Until then a restore sees what has the database open only where it may look. */
export const formatLockFix = ({ fix }: LockFault): string =>
  `${fix}, then wait a minute before a restore: a CCO that runs takes the lock until then`;

/** Finds why a lock may not show every process that has its database open, with the fix. Null: it does. */
export function findLockFault(given: string): LockFault | null {
  const file = realpathSync(given);
  const path = `${file}.lock`;
  const obstacle = findObstacle(path);
  if (obstacle !== null) return obstacle;
  const [database, lock] = [statSync(file), statSync(path, { throwIfNoEntry: false })];
  if (lock === undefined) return null;
  const mayOpen = attempt(() => accessSync(path, constants.R_OK));
  if (mayOpen && isFit(lock, database)) return null;
  const mode = (database.mode & WRITABLE).toString(8);
  return {
    text: `The lock file ${path} cannot be opened by everyone who may write the database`,
    fix: `chown ${database.uid}:${database.gid} ${quoteForShell(path)} && chmod ${mode} ${quoteForShell(path)}`,
  };
}

/**
 * Finds why it cannot be seen who has a SQLite file open, with the fix; null where it can. The file may have a second
 * name, or a lock that is none, or one that other users could not open.
 */
export function findUnseenUse(given: string): string | null {
  const file = realpathSync(given);
  const { nlink } = statSync(file);
  if (nlink > 1) {
    const [own, copy] = [quoteForShell(file), quoteForShell(`${file}.copy`)];
    return `${file} has ${nlink} names (hard links), and a process that has it open by another one is not seen. Copy it: cp ${own} ${copy} && mv ${copy} ${own}, with CCO stopped.`;
  }
  const fault = findLockFault(file);
  if (fault !== null) return `${fault.text}. Run ${formatLockFix(fault)}.`;
  if (!wasUnfit.has(file)) return null;
  return `The lock file ${file}.lock was not open to everyone who may write the database, and is now. Wait a minute: a CCO that runs takes it until then.`;
}
