import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type EnvReader, readSecretText } from "./env-values.ts";

/** What the database driver reads in a path as something else: a fragment, an escape, the beginning of parameters. */
const NOT_IN_A_PATH = /[#%?]/;

/**
 * Adds a mistake where the data folder's absolute path holds an unusable character. No database or lock in it can be
 * opened with such a one.
 */
export function checkDataFolderName({ mistake }: Pick<EnvReader, "mistake">, dataDir: string): void {
  if (NOT_IN_A_PATH.test(dataDir))
    mistake(
      "CCO_DATA_DIR",
      `CCO_DATA_DIR=${dataDir} holds #, % or ?, with which its files cannot be opened: name another folder`,
    );
}

/**
 * Reads the address of the database, with a mistake where it is none. It is the file in the data folder where none is
 * set.
 */
export function readDatabaseUrl(reader: EnvReader, dataDir: string): string {
  const url = readSecretText(reader, "DATABASE_URL");
  const problem = url === null ? null : databaseProblem(url);
  if (problem !== null) reader.mistake("DATABASE_URL", `DATABASE_URL ${problem}`);
  return url ?? `file:${join(dataDir, "cco.db")}`;
}

/** What is wrong with the address; never holds a part of it, as there is a password in it. */
function databaseProblem(url: string): string | null {
  if (url.startsWith("file:")) return fileProblem(url.replace(/\?.*$/, ""));
  return isPostgresql(url) ? serverProblem(url) : "must begin with file: (SQLite) or postgresql:// (PostgreSQL)";
}

const isPostgresql = (url: string): boolean => /^postgres(ql)?:\/\//.test(url);

/**
 * Reads the address of the replica; null where none is set. It adds a mistake where the address can be none of the
 * database.
 */
export function readReplicaUrl(reader: EnvReader, databaseUrl: string): string | null {
  const name = "CCO_READ_DATABASE_URL";
  const url = readSecretText(reader, name);
  if (url === null) return null;
  const problem = isPostgresql(url) ? serverProblem(url) : "must begin with postgresql://";
  if (problem !== null) reader.mistake(name, `${name} ${problem}`);
  else if (!isPostgresql(databaseUrl))
    reader.mistake(name, `${name} names a replica of a PostgreSQL database, and DATABASE_URL names none`);
  return url;
}

function serverProblem(url: string): string | null {
  if (url.includes("#")) return "holds a #, which ends an address: in a password it is written %23";
  return URL.canParse(url)
    ? null
    : "is no address: it must be postgresql://user:password@host:port/database; for a socket, postgresql://user@localhost/database?host=/folder";
}

function fileProblem(bare: string): string | null {
  if (bare.startsWith("file:////") || !isFilePath(bare))
    return "names no file of this machine: it must be file:./data/cco.db, file:/var/lib/cco.db or file:///var/lib/cco.db";
  const file = bare.startsWith("file://") ? fileURLToPath(bare) : resolve(bare.slice("file:".length));
  // A fragment is not in the path, and would be lost.
  return bare.includes("#") || NOT_IN_A_PATH.test(file)
    ? "names a file whose path holds #, % or ?, with which it cannot be opened: name another file"
    : null;
}

function isFilePath(bare: string): boolean {
  try {
    return !bare.startsWith("file://") || fileURLToPath(bare) !== "";
  } catch {
    return false;
  }
}
