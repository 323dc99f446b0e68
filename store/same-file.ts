import { type Stats, statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { DatabaseMissing } from "./database-missing.ts";
import { databaseKind, sqliteFile } from "./database-url.ts";

/** Throws `DatabaseMissing` when the file at the address is no longer the one it was. One `stat`. */
export type RequireSameFile = () => void;

/**
 * Remembers which file lies at a SQLite address, to notice when it was moved. A process that holds a file open goes on
 * with it wherever it is moved, and would never notice. Throws `DatabaseMissing` when there is none. Servers are always
 * in place.
 */
export function rememberFile(url: string): RequireSameFile {
  if (databaseKind(url) !== "sqlite") return () => {};
  const file = sqliteFile(url);
  const opened = requireFile(file);
  return () => {
    const now = requireFile(file);
    if (now.ino !== opened.ino || now.dev !== opened.dev) throw new DatabaseMissing("replaced");
  };
}

function requireFile(file: string): Stats {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) throw new DatabaseMissing("gone");
  return stat;
}

/** The file for SQLite itself, in words that make it refuse to create one. */
export const existingFileUri = (file: string): string => `${pathToFileURL(file).href}?mode=rw`;
