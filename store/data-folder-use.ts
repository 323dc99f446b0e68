import { existsSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { takeFileLock } from "./file-lock.ts";
import { toText } from "./raw.ts";
import type { SqlConnection } from "./sql.ts";
import { sqlInstant } from "./sql-instant.ts";

/** A proxy reports itself every ten seconds. */
const REPORTED_WITHIN_MS = 30_000;

/**
 * Names the instances that run on a data folder. Each holds the lock of its spool for as long as it lives. The
 * operating system gives the lock up when the process ends in any way.
 */
export async function instancesOn(dataDir: string): Promise<string[]> {
  const spool = join(dataDir, "spool");
  const names = existsSync(spool) ? readdirSync(spool) : [];
  const running: string[] = [];
  for (const name of names.filter((one) => /^ins_\w+\.lock$/.test(one))) {
    const lock = takeFileLock(join(spool, name));
    if (!(await lock.taken)) running.push(name.slice(0, -".lock".length));
    lock.release();
  }
  return running;
}

/** Whether a proxy runs on a data folder. */
export const isDataFolderInUse = async (dataDir: string): Promise<boolean> => (await instancesOn(dataDir)).length > 0;

/** The file of a SQLite database, without links; null for a server. */
export async function fileOfDatabase(connection: SqlConnection): Promise<string | null> {
  if (connection.dialect !== "sqlite") return null;
  const files = await connection.all("PRAGMA database_list");
  const file = toText(files.find(({ name }) => name === "main")?.file ?? "");
  return file === "" ? null : realpathSync(file);
}

/**
 * Names the machines whose proxies have reported to a database lately. A proxy that stops removes its report, one that was
 * killed leaves it: where the locks of its data folder can be tried, they know better.
 */
export async function machinesInUse(connection: SqlConnection, at: Date): Promise<string[]> {
  const rows = await connection.all("SELECT DISTINCT hostname FROM instance WHERE seen_at > $1 ORDER BY hostname", [
    sqlInstant(new Date(at.getTime() - REPORTED_WITHIN_MS)),
  ]);
  return rows.map(({ hostname }) => toText(hostname));
}
