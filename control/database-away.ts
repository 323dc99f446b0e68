import type { ErrorCode } from "#core/errors.ts";
import { isDiskFull } from "#store/database-errors.ts";
import { DATABASE_MISSING } from "#store/database-missing.ts";

/**
 * Prisma's error codes for a database that is away. The server cannot be reached, does not answer in time or has closed
 * the connection, or a table of ours is not there.
 */
const PRISMA_AWAY = /\bP(1001|1002|1008|1017|2021)\b/;
const AWAY =
  /ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTFOUND|Connection terminated|timeout exceeded|Query read timeout|SQLITE_NOTADB|SQLITE_CORRUPT|SQLITE_CANTOPEN|file is not a database|disk image is malformed|no such table|unable to open (database file|connection)|disk I\/O error/i;
/** Another program holds the lock; or the file, disk or server takes no writes: PostgreSQL's `25006` and `55P03`. */
const UNWRITABLE =
  /SQLITE_BUSY|SQLITE_LOCKED|SQLITE_READONLY|database is locked|SocketTimeout|readonly database|\b25006\b|\b55P03\b|read-only transaction/i;

/**
 * Finds what the console says of an error of the database. The database cannot be read at all, or takes no change now.
 * Null: something else went wrong.
 */
export function databaseRefusal(error: unknown): ErrorCode | null {
  const text = toText(error);
  if (isDiskFull(text)) return "database.full";
  if (UNWRITABLE.test(text)) return "database.unwritable";
  return PRISMA_AWAY.test(text) || AWAY.test(text) || text.includes(DATABASE_MISSING) ? "database.away" : null;
}

/** Whether the database answered that a table of ours is not there. */
export const isTableMissing = (error: unknown): boolean => /\bP2021\b|no such table/i.test(toText(error));

/** Codes and messages of the error and of what caused it: Prisma wraps those of the drivers. */
function toText(error: unknown): string {
  const parts: string[] = [];
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1)
    parts.push(String((at as { code?: unknown }).code ?? ""), at.message);
  return parts.join(" ");
}
