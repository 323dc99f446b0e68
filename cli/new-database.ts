import { existsSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ConsoleEnv } from "#config/read-console-env.ts";
import { sqliteFile } from "#store/database-url.ts";
import { takeDatabaseAlone } from "#store/database-use.ts";
import { findObstacle } from "#store/file-lock.ts";
import { requireWritable } from "./data-folder.ts";

/**
 * Makes the data folder of a SQLite database that is not there yet, with the folders above. Returns what removes
 * everything that was made for it, for where the work that needs the database fails.
 */
export function prepareNewDatabase({ databaseUrl, dataDir }: ConsoleEnv): () => Promise<void> {
  const file = sqliteFile(databaseUrl);
  const made: string[] = [];
  for (let folder = dataDir; !existsSync(folder); folder = dirname(folder)) made.push(folder);
  try {
    requireWritable(dataDir);
  } catch (error) {
    for (const folder of made) tryToRemove(folder);
    throw error;
  }
  return async () => {
    if (existsSync(file)) {
      // Another process may have begun to use it meanwhile. Where that cannot be tried the disk is full, for it too.
      const giveBack = await takeDatabaseAlone(file).catch(() => async () => {});
      if (giveBack === null) return;
      for (const end of ["", "-wal", "-shm", "-journal"]) rmSync(`${file}${end}`, { force: true });
      await giveBack();
    }
    for (const lock of [`${file}.lock`, join(dataDir, "restore.lock")]) {
      if (findObstacle(lock) !== null) continue; // not made by this process
      for (const end of ["", "-journal"]) rmSync(`${lock}${end}`, { force: true });
    }
    for (const folder of made) if (!tryToRemove(folder)) return;
  };
}

/** False where something is in it. */
function tryToRemove(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
