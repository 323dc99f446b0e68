import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError, type ErrorCode } from "#core/errors.ts";
import { type BackupHead, type BackupKind, backupKind, compareAge } from "./format.ts";
import { readHead } from "./verify.ts";

/** An archive in the folder of backups. */
export interface ListedBackup {
  name: string;
  kind: BackupKind;
  bytes: number;
  /** What it says of itself; null where it cannot be read, for the reason in `problem`. */
  head: BackupHead | null;
  problem: ErrorCode | null;
}

/**
 * Lists the archives of a folder, newest first, by the first file of each. A folder that does not exist has none; throws
 * `not-found` where one cannot be read.
 */
export async function listBackups(actor: Actor, folder: string): Promise<ListedBackup[]> {
  requirePermission(actor, "backup.make");
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new AppError("not-found", { folder }, `The folder ${folder} cannot be read (${error.code}).`);
  });
  const listed: ListedBackup[] = [];
  for (const name of names) {
    const kind = backupKind(name);
    const file = await stat(join(folder, name)).catch(() => null);
    if (kind === null || !file?.isFile()) continue;
    listed.push({ name, kind, bytes: file.size, ...(await look(join(folder, name))) });
  }
  return listed.sort((one, other) => compareAge(other.name, one.name));
}

async function look(file: string): Promise<Pick<ListedBackup, "head" | "problem">> {
  try {
    return { head: await readHead(file), problem: null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { head: null, problem: error.code };
  }
}
