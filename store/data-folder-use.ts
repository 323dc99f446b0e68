import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { takeFileLock } from "./file-lock.ts";
import { toText } from "./raw.ts";
import type { SqlConnection } from "./sql.ts";
import { sqlInstant } from "./sql-instant.ts";

/** A proxy reports itself every ten seconds. */
const REPORTED_WITHIN_MS = 30_000;

/**
 * Whether a proxy runs on a data folder: each holds the lock of its spool for as long as it lives, and the operating system
 * gives it up when the process ends in any way.
 */
export async function isDataFolderInUse(dataDir: string): Promise<boolean> {
  const spool = join(dataDir, "spool");
  const names = existsSync(spool) ? readdirSync(spool) : [];
  for (const name of names.filter((one) => /^ins_\w+\.lock$/.test(one))) {
    const lock = takeFileLock(join(spool, name));
    if (!(await lock.taken)) return true;
    lock.release();
  }
  return false;
}

/**
 * Names the machines whose proxies have reported to a server lately; none for SQLite, whose proxies have the data folder in
 * common. A proxy that stops removes its report.
 */
export async function machinesInUse(connection: SqlConnection, at: Date): Promise<string[]> {
  if (connection.dialect === "sqlite") return [];
  const rows = await connection.all("SELECT DISTINCT hostname FROM instance WHERE seen_at > $1 ORDER BY hostname", [
    sqlInstant(new Date(at.getTime() - REPORTED_WITHIN_MS)),
  ]);
  return rows.map(({ hostname }) => toText(hostname));
}
