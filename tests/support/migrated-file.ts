import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { migrateDatabase } from "#store/migrate.ts";
import { openSqlConnection } from "#store/sql-connection.ts";

let migrated: Promise<Buffer> | null = null;

/** Puts a SQLite database with this release's tables there. Migrations run once per run; the others are copies. */
export async function putMigrated(path: string): Promise<void> {
  migrated ??= readOrMake();
  writeFileSync(path, await migrated, { mode: 0o600 });
}

async function readOrMake(): Promise<Buffer> {
  const runFolder = process.env.CCO_TEST_RUN_FOLDER;
  const kept = runFolder === undefined ? null : join(runFolder, "migrated.db");
  if (kept !== null && existsSync(kept)) return readFileSync(kept);
  const folder = mkdtempSync(join(runFolder ?? tmpdir(), "cco-migrated-"));
  const path = join(folder, "cco.db");
  await migrateDatabase(`file:${path}`);
  const whole = await wholeFile(path);
  if (kept !== null) {
    writeFileSync(`${path}.whole`, whole);
    renameSync(`${path}.whole`, kept);
  }
  rmSync(folder, { recursive: true, force: true });
  return whole;
}

/**
 * Reads a database as one file, after what its journal holds was written into it. The driver leaves a journal behind
 * for a while.
 */
async function wholeFile(path: string): Promise<Buffer> {
  const connection = await openSqlConnection(`file:${path}`);
  try {
    const [outcome] = await connection.all("PRAGMA wal_checkpoint(TRUNCATE)");
    if (Number(outcome?.busy) !== 0) throw new Error("the new database is in use");
    return readFileSync(path);
  } finally {
    await connection.close();
  }
}
