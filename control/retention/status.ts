import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { toUtcDay, utcDayBounds } from "#core/time/utc-day.ts";
import {
  type ArchiveFile,
  countEventsByDay,
  listArchiveFiles,
  oldestEventMs,
  readArchivedBefore,
} from "#store/archive-files.ts";
import { type DatabaseSize, readDatabaseSize } from "#store/database-size.ts";
import { readSetting, settingKey } from "#store/settings.ts";
import type { SqlConnection } from "#store/sql.ts";
import type { ControlDeps } from "../deps.ts";
import { checkFile, findMissingFolder, isThere, unlistedFiles } from "./archive-folder.ts";
import { archiveBeforeMs } from "./run.ts";

export interface RetentionStatus {
  folder: string;
  /** Why a run would be refused for the named folder, with the fix. Null: it would not be. */
  folderProblem: string | null;
  files: ArchiveFile[];
  /** Those of them that the folder does not have. */
  missing: ArchiveFile[];
  /** Files of the folder that are none of the archive. */
  unlisted: string[];
  /** First UTC day of which no event has been archived; null while nothing is. */
  archivedBefore: string | null;
  /** Start of the oldest event that is held, ISO 8601. */
  oldestEvent: string | null;
  database: DatabaseSize;
  /** Beginning of the newest run that came to its end, ISO 8601. */
  lastRunAt: string | null;
}

/** Reports what is archived and what is held, and changes nothing. */
export async function readRetention(
  actor: Actor,
  { connection }: { connection: SqlConnection },
  { config }: ControlDeps,
): Promise<RetentionStatus> {
  requirePermission(actor, "retention.run");
  const files = await listArchiveFiles(connection);
  const oldestMs = await oldestEventMs(connection);
  return {
    folder: config.archiveFolder,
    folderProblem: findMissingFolder(config)?.publicText ?? null,
    files,
    missing: files.filter((file) => !isThere(config.archiveFolder, file)),
    unlisted: await unlistedFiles(config.archiveFolder, files),
    archivedBefore: await readArchivedBefore(connection),
    oldestEvent: oldestMs === null ? null : new Date(oldestMs).toISOString(),
    database: await readDatabaseSize(connection, connection.dialect),
    lastRunAt: await readSetting(connection, settingKey.retentionDone),
  };
}

/**
 * Lists the UTC days that a run would archive now, with their events. Changes nothing. Throws `archive.unwritable` where
 * a run would for a folder that is not there.
 */
export async function previewRetention(
  actor: Actor,
  keepDays: number,
  { connection }: { connection: SqlConnection },
  { config, now }: ControlDeps,
): Promise<{ day: string; events: number }[]> {
  requirePermission(actor, "retention.run");
  const missing = findMissingFolder(config);
  if (missing !== null) throw missing;
  const lastMs = archiveBeforeMs(keepDays, now());
  return countEventsByDay(connection, utcDayBounds(toUtcDay(lastMs)).fromMs);
}

/**
 * Reads every file of the archive. Throws `archive.missing` or `archive.damaged` for the first that is not what was
 * written.
 */
export async function verifyArchive(
  actor: Actor,
  { connection }: { connection: SqlConnection },
  { config }: ControlDeps,
): Promise<ArchiveFile[]> {
  requirePermission(actor, "retention.run");
  const files = await listArchiveFiles(connection);
  for (const file of files) await checkFile(config.archiveFolder, file);
  return files;
}
