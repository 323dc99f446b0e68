import type { ConsoleEnv } from "#config/read-console-env.ts";
import { AppError } from "#core/errors.ts";
import { folderStorage } from "./folder-storage.ts";
import { usualFolder } from "./names.ts";
import { s3Storage } from "./s3-storage.ts";
import type { BackupStorage } from "./storage.ts";

/** Where the installation keeps its backups. Throws `backup.unreadable` where that is a bucket whose settings are wrong. */
export function openOwnStorage({ backups, dataDir }: Pick<ConsoleEnv, "backups" | "dataDir">): BackupStorage {
  const { folder, bucket } = backups;
  if (bucket === null) return namedFolder(folder ?? usualFolder(dataDir), dataDir);
  if (bucket.ok) return s3Storage(bucket.settings, bucket.address);
  throw new AppError("backup.unreadable", { reason: "settings" }, `${bucket.problem}. Nothing was changed.`);
}

/** A folder that was named; only the usual one of the installation is made. */
export const namedFolder = (folder: string, dataDir: string): BackupStorage =>
  folderStorage(folder, { isMade: folder === usualFolder(dataDir) });
