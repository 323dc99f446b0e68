import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { quoteForShell } from "#core/shell-word.ts";
import { sqliteFile } from "./database-url.ts";

/** What this user may not write of a SQLite database, in one clause, and what to do about it. */
interface ClosedDatabase {
  text: string;
  fix: string;
}

/** SQLite's words where it may not write, and the system's where CCO may not make the lock. */
const REFUSED =
  /SQLITE_READONLY|readonly database|SQLITE_CANTOPEN|unable to open (database file|connection)|\b(EACCES|EPERM|EROFS)\b/i;

/**
 * Finds what of a SQLite database that is there this user may not write, behind an error of it. Null: another error, or
 * all of it may be written. Also reading takes a folder that may be written: SQLite makes two files beside its own.
 */
export function findClosedDatabase(error: unknown, url: string): ClosedDatabase | null {
  if (!url.startsWith("file:") || !REFUSED.test(readMessages(error))) return null;
  const file = sqliteFile(url);
  const folder = dirname(file);
  if (!existsSync(file)) return null;
  for (const path of [folder, file, `${file}-wal`, `${file}-shm`, `${file}.lock`]) {
    const errorCode = existsSync(path) ? findRefusal(path, path === folder) : null;
    if (errorCode === null) continue;
    const text = `The SQLite file ${file} cannot be written by this user (${errorCode} at ${path})`;
    return { text, fix: formatFix(path, path === folder, errorCode) };
  }
  return null;
}

function findRefusal(path: string, isFolder: boolean): string | null {
  try {
    accessSync(path, isFolder ? constants.W_OK | constants.X_OK : constants.R_OK | constants.W_OK);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "unknown";
  }
}

/** The owner may set the rights right; anyone else has to become the user that CCO runs as. */
function formatFix(path: string, isFolder: boolean, errorCode: string): string {
  if (errorCode === "EROFS") return `mount the disk of ${path} so that it takes writes`;
  const { uid } = statSync(path);
  if (uid !== process.getuid?.()) return `run it as the user that CCO runs as, or make ${path} writable for this user`;
  const what = isFolder ? "the folder" : "the file";
  return `make ${what} writable for its user: chmod ${isFolder ? "u+rwx" : "u+rw"} ${quoteForShell(path)}`;
}

/** The message of the error and of what caused it: Prisma wraps those of the driver. */
function readMessages(error: unknown): string {
  const parts: string[] = [];
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) parts.push(at.message);
  return parts.join(" ");
}
