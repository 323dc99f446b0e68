import { readLastBackupMs } from "#store/last-backup.ts";
import { settingKey, writeSetting } from "#store/settings.ts";
import type { SqlConnection } from "#store/sql.ts";
import type { ControlDeps } from "../deps.ts";
import { compareAge, readStampMs } from "./names.ts";
import { openOwnStorage } from "./open-storage.ts";

/**
 * Notes the newest archive that lies where the installation keeps them, unless one as new is known. A database that was
 * restored on a new machine knows of none, and they lie beside it. Throws as `listBackups`.
 */
export async function noteNewestBackup(connection: SqlConnection, deps: ControlDeps): Promise<void> {
  const archives = await openOwnStorage(deps.config).list();
  const names = archives.filter(({ kind }) => kind === "regular").map(({ name }) => name);
  const newest = names.sort(compareAge).at(-1);
  const madeMs = newest === undefined ? null : readStampMs(newest);
  const knownMs = await readLastBackupMs(connection);
  if (madeMs === null || (knownMs !== null && knownMs >= madeMs)) return;
  await writeSetting(connection, settingKey.backupLast, String(madeMs), deps.now());
}
