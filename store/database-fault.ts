import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { findClosedDatabase } from "./closed-database.ts";
import { isDiskFull, isLockedOut } from "./database-errors.ts";
import { DatabaseMissing } from "./database-missing.ts";
import { DatabaseFolderMissing, databaseKind, sqliteFile } from "./database-url.ts";
import { MigrationError } from "./migrate.ts";

/** Reason why a database could not be used, for the operator. */
export interface DatabaseFault {
  /** One line with the fix where there is one. Contains no password. */
  text: string;
  /** Whether reads fail too: not only locked or full. */
  isAway: boolean;
}

const DAMAGED = /SQLITE_NOTADB|SQLITE_CORRUPT|file is not a database|disk image is malformed/i;
const CANNOT_OPEN = /SQLITE_CANTOPEN|unable to open database file|unable to open connection to local database/i;
const IO_ERROR = /SQLITE_IOERR|disk I\/O error/i;
/** More than the shared memory of one connection (32 KB) and the first pages of a log. */
const ROOM_LEAST_BYTES = 256 * 1024;
/** A new database is made where nothing says that there was another one. */
const BEGIN_EMPTY =
  "To begin with a new, empty database, in which people and keys are to be made again, stop CCO, remove last-good-state.sealed from its data folder as well, and start";
const CREDENTIALS = /^(28P01|28000)$/;
const MISSING_DATABASE = "3D000";

/** Describes an error of either driver. */
export function describeDatabaseFault(error: unknown, url: string): DatabaseFault {
  if (error instanceof DatabaseMissing) return { text: describeMissing(error, url), isAway: true };
  if (error instanceof DatabaseFolderMissing)
    return { text: `${error.message}: mount its disk, make the folder, or check DATABASE_URL`, isAway: true };
  // It names the migration and the cause itself; where the server is lost, its own error says so.
  if (error instanceof MigrationError && isLockedOut(error.cause)) return { text: error.message, isAway: false };
  const reason = lastLine(error);
  const closed = findClosedDatabase(error, url);
  if (closed !== null) return { text: `${closed.text}: ${closed.fix}`, isAway: CANNOT_OPEN.test(reason) };
  if (databaseKind(url) === "sqlite") return describeSqliteFault(reason, sqliteFile(url));
  const code = String((error as { code?: unknown } | null)?.code ?? "");
  if (CREDENTIALS.test(code))
    return { text: `The database server refuses the user or password: check DATABASE_URL (${reason})`, isAway: true };
  if (code === MISSING_DATABASE)
    return {
      text: `The database does not exist on its server: create it, or check DATABASE_URL (${reason})`,
      isAway: true,
    };
  if (/^(ENOENT|EACCES|EISDIR)$/.test(code)) {
    const text = `A certificate or key that DATABASE_URL names cannot be read (${reason}): check sslrootcert, sslcert and sslkey in it`;
    return { text, isAway: true };
  }
  // A full or read-only server still answers; an error without a server's code is a lost connection.
  const isAnswer = /^[0-9A-Z]{5}$/.test(code) && !/^(08|57)/.test(code) && !/^E[A-Z]{4}$/.test(code);
  return { text: `The database cannot be ${isAnswer ? "written" : "reached"}: ${reason}`, isAway: !isAnswer };
}

function describeSqliteFault(reason: string, file: string): DatabaseFault {
  if (DAMAGED.test(reason)) {
    const text = `The SQLite file ${file} is damaged (${reason}): stop CCO, move it and its -wal and -shm files aside, and run cco restore with the newest backup (cco backup list), or put a copy of the file in its place. ${BEGIN_EMPTY}`;
    return { text, isAway: true };
  }
  if (CANNOT_OPEN.test(reason)) {
    const text = `The SQLite file ${file} cannot be opened (${reason}): it must be a file, and this user must be able to write it and its folder`;
    return { text, isAway: true };
  }
  if (isDiskFull(reason)) return { text: describeFullDisk(reason, file), isAway: false };
  // Without room for its shared memory, SQLite cannot even read.
  if (IO_ERROR.test(reason) && !hasRoom(file)) return { text: describeFullDisk(reason, file), isAway: true };
  return { text: `The database cannot be written: ${reason}`, isAway: false };
}

const describeFullDisk = (reason: string, file: string): string =>
  `The disk of the SQLite file ${file} is full (${reason}): make room in ${dirname(file)}`;

/** Whether the disk of a file has room for what SQLite makes beside it. True where the system does not say. */
function hasRoom(file: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(file));
    return bavail * bsize >= ROOM_LEAST_BYTES;
  } catch {
    return true;
  }
}

/**
 * Describes the full disk behind an error of a SQLite file, with the fix. Null for any other error. SQLite itself speaks of a disk I/O error where it cannot make the files beside it.
 */
export function findFullDisk(error: unknown, url: string): string | null {
  if (!url.startsWith("file:")) return null;
  const [reason, file] = [lastLine(error), sqliteFile(url)];
  const isFull = isDiskFull(reason) || (IO_ERROR.test(reason) && !hasRoom(file));
  return isFull ? describeFullDisk(reason, file) : null;
}

function describeMissing({ missing }: DatabaseMissing, url: string): string {
  if (missing === "replaced") return `${nameDatabase(url)} was replaced by another one, which is opened now`;
  const { state, fix } = describeAbsence(missing, url);
  return `${state}: ${fix}`;
}

/**
 * Describes a database that is not there, though the data folder keeps what one held. Whether it was this one is not
 * known there: `DATABASE_URL` may name another since.
 */
export function describeAbsence(missing: "gone" | "empty", url: string): { state: string; fix: string } {
  const is = missing === "gone" ? "is not there" : "is empty";
  const fix =
    databaseKind(url) === "sqlite"
      ? "put it back, with its -wal and -shm files, run cco restore with a backup, or correct DATABASE_URL where it should name another"
      : "restore it (cco restore), or correct DATABASE_URL where it should name another";
  const state = `${nameDatabase(url)} ${is}, though CCO has run with a database on this data folder`;
  return { state, fix: `${fix}. ${BEGIN_EMPTY}` };
}

const nameDatabase = (url: string): string =>
  databaseKind(url) === "sqlite" ? `The SQLite file ${sqliteFile(url)}` : "The database of DATABASE_URL";

const lastLine = (error: unknown): string => {
  const message =
    error instanceof Error ? error.message || String((error as { code?: unknown }).code ?? error.name) : String(error);
  return message.trim().split("\n").at(-1) ?? "";
};
