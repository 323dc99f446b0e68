import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError, type ErrorCode } from "#core/errors.ts";
import type { BackupHead } from "./format.ts";
import { compareAge } from "./names.ts";
import type { ArchiveSource, BackupStorage, StoredArchive } from "./storage.ts";
import { readHead } from "./verify.ts";

/** An archive of a place for backups. */
export interface ListedBackup extends StoredArchive {
  /** What it says of itself; null where it cannot be read, for the reason in `problem`. */
  head: BackupHead | null;
  problem: ErrorCode | null;
}

/**
 * Lists the archives of a place, newest first, by the first file of each. The usual folder has none until it is made; throws
 * `backup.unwritable` where a named one is not there, or one cannot be read, `backup.unreadable` where a bucket
 * cannot.
 */
export async function listBackups(actor: Actor, place: BackupStorage): Promise<ListedBackup[]> {
  requirePermission(actor, "backup.make");
  const listed: ListedBackup[] = [];
  for (const archive of await place.list()) listed.push({ ...archive, ...(await look(place.source(archive.name))) });
  return listed.sort((one, other) => compareAge(other.name, one.name));
}

async function look(file: ArchiveSource): Promise<Pick<ListedBackup, "head" | "problem">> {
  try {
    return { head: await readHead(file), problem: null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { head: null, problem: error.code };
  }
}
