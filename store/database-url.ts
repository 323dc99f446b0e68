import { closeSync, existsSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { makeFolder } from "./make-folder.ts";

export type DatabaseKind = "sqlite" | "postgresql";

/** Returns the kind of database an address names. Throws one plain sentence for anything else. */
export function databaseKind(url: string): DatabaseKind {
  if (url.startsWith("file:")) return "sqlite";
  if (/^postgres(ql)?:\/\//.test(url)) {
    // Never shown: it holds a password.
    if (url.includes("#"))
      throw new Error("DATABASE_URL holds a #, which ends an address: in a password it is written %23.");
    if (!URL.canParse(url))
      throw new Error("DATABASE_URL is no address: it must be postgresql://user:password@host:port/database.");
    return "postgresql";
  }
  throw new Error('DATABASE_URL must start with "file:" (SQLite) or "postgresql://".');
}

/**
 * Returns the file of `file:./data/cco.db`, `file:/var/lib/cco.db` or `file:///var/lib/cco.db`; relative to the
 * working directory.
 */
export function sqliteFile(url: string): string {
  const bare = url.replace(/\?.*$/, "");
  return bare.startsWith("file://") ? fileURLToPath(bare) : resolve(bare.slice("file:".length));
}

/**
 * Creates folder (0700) and file (0600) before any driver does. Other users of the machine can then never read them.
 */
export function prepareSqliteFile(url: string): string {
  const file = sqliteFile(url);
  makeFolder(dirname(file));
  // Leave a file that is there unopened. Closing it would end the locks that SQLite holds on it in this process.
  if (!existsSync(file)) closeSync(openSync(file, "a", 0o600));
  return file;
}
