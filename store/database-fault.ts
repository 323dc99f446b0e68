import { databaseKind, sqliteFile } from "./database-url.ts";

/** Reason why a database could not be used, for the operator. */
export interface DatabaseFault {
  /** One line with the fix where there is one. Contains no password. */
  text: string;
  /** Whether reads fail too: not only locked or full. */
  isAway: boolean;
}

const DAMAGED = /SQLITE_NOTADB|SQLITE_CORRUPT|file is not a database|disk image is malformed/i;
const CANNOT_OPEN = /SQLITE_CANTOPEN|unable to open database file/i;
const CREDENTIALS = /^(28P01|28000)$/;
const MISSING_DATABASE = "3D000";

/** Describes an error of either driver. */
export function describeDatabaseFault(error: unknown, url: string): DatabaseFault {
  const reason = lastLine(error);
  if (databaseKind(url) === "sqlite") return describeSqliteFault(reason, sqliteFile(url));
  const code = String((error as { code?: unknown } | null)?.code ?? "");
  if (CREDENTIALS.test(code))
    return { text: `The database server refuses the user or password: check DATABASE_URL (${reason})`, isAway: true };
  if (code === MISSING_DATABASE)
    return {
      text: `The database does not exist on its server: create it, or check DATABASE_URL (${reason})`,
      isAway: true,
    };
  // A full or read-only server still answers; an error without a server's code is a lost connection.
  const isAnswer = /^[0-9A-Z]{5}$/.test(code) && !/^(08|57)/.test(code) && !/^E[A-Z]{4}$/.test(code);
  return { text: `The database cannot be written: ${reason}`, isAway: !isAnswer };
}

function describeSqliteFault(reason: string, file: string): DatabaseFault {
  if (DAMAGED.test(reason)) {
    const text = `The SQLite file ${file} is damaged (${reason}): stop CCO, move the file and its -wal and -shm files aside, and restore a backup; without one CCO starts with an empty database, and people and keys must be created again`;
    return { text, isAway: true };
  }
  if (CANNOT_OPEN.test(reason)) {
    const text = `The SQLite file ${file} cannot be opened (${reason}): it must be a file, and this user must be able to write it and its folder`;
    return { text, isAway: true };
  }
  return { text: `The database cannot be written: ${reason}`, isAway: false };
}

const lastLine = (error: unknown): string => {
  const message =
    error instanceof Error ? error.message || String((error as { code?: unknown }).code ?? error.name) : String(error);
  return message.trim().split("\n").at(-1) ?? "";
};
