import { closeSync, existsSync, openSync, readlinkSync, realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { giveToOwner } from "./give-to-owner.ts";

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
 * The folder of a new SQLite file is not there. Never made: where its disk is not mounted, the database would lie on
 * the disk below.
 */
export class DatabaseFolderMissing extends Error {
  constructor(file: string, folder: string) {
    super(`The folder ${folder} of the SQLite file ${file} does not exist`);
    this.name = "DatabaseFolderMissing";
  }
}

/** More links than this are a circle, as the system has it. */
const LINKS_MAX = 40;

/**
 * Finds the missing folder of a file that is to be made. Of a link it is the folder of the file that it leads to. Null
 * where it is there.
 */
export function findMissingFolder(file: string): string | null {
  let at = file;
  for (let links = 0; links < LINKS_MAX; links += 1) {
    const folder = dirname(at);
    if (!existsSync(folder)) return folder;
    const target = readLink(at);
    if (target === null) return null;
    at = resolve(realpathSync(folder), target);
  }
  return null;
}

function readLink(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null; // a file, or nothing yet
  }
}

/**
 * Creates the file (0600) before any driver does. Other users of the machine can then never read it. Throws
 * `DatabaseFolderMissing`: the data folder is made by those who begin an installation in it.
 */
export function prepareSqliteFile(url: string): string {
  const file = sqliteFile(url);
  const missing = findMissingFolder(file);
  if (missing !== null) throw new DatabaseFolderMissing(file, missing);
  // Leave a file that is there unopened. Closing it would end the locks that SQLite holds on it in this process.
  if (existsSync(file)) return file;
  closeSync(openSync(file, "a", 0o600));
  // Before a driver opens it: SQLite gives the files beside it to the owner that this one has.
  giveToOwner(file);
  return file;
}
