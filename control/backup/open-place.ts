import type { ConsoleEnv } from "#config/read-console-env.ts";
import { AppError } from "#core/errors.ts";
import { folderPlace } from "./folder-place.ts";
import { usualFolder } from "./names.ts";
import type { BackupPlace } from "./place.ts";
import { s3Place } from "./s3-place.ts";

/** Where the installation keeps its backups. Throws `backup.unreadable` where that is a bucket whose settings are wrong. */
export function ownPlace({ backups, dataDir }: Pick<ConsoleEnv, "backups" | "dataDir">): BackupPlace {
  const { folder, bucket } = backups;
  if (bucket === null) return namedFolder(folder ?? usualFolder(dataDir), dataDir);
  if (bucket.ok) return s3Place(bucket.settings, bucket.address);
  throw new AppError("backup.unreadable", { reason: "settings" }, `${bucket.problem}. Nothing was changed.`);
}

/** A folder that was named; only the usual one of the installation is made. */
export const namedFolder = (folder: string, dataDir: string): BackupPlace =>
  folderPlace(folder, { isMade: folder === usualFolder(dataDir) });
