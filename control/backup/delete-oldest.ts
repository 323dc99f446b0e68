import { readdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { backupKind, compareAge } from "./format.ts";

/** An archive in making, and a name that is taken for one. */
const TEMPORARY = /^\.cco-(backup-[0-9a-f]+\.tmp|(backup|before-restore)-\d{8}T\d{6}Z(-\d+)?\.tar\.gz\.taken)$/;
/** A temporary file as old as this was left by a process that was killed. */
const LEFT_MS = 86_400_000;

export interface Deletion {
  /** Names of the archives that were deleted. */
  deleted: string[];
  /** What should have been deleted too, and the system's reason why it was not. */
  notDeleted: { name: string; reason: string }[];
}

/**
 * Deletes the oldest regular archives beyond `keep`, and what killed processes left. `made` is the archive that was just
 * made: it always stays. One with a later stamp was made while a clock was ahead, or a moment after it by another process:
 * it neither counts nor goes. Never rejects: a failure is part of what is returned.
 */
export async function deleteOldest(folder: string, keep: number, made: string): Promise<Deletion> {
  const result: Deletion = { deleted: [], notDeleted: [] };
  const remove = async (name: string): Promise<boolean> => {
    try {
      await unlink(join(folder, name));
      return true;
    } catch (error) {
      // Another process deleted it.
      if (reasonOf(error) === "ENOENT") return false;
      result.notDeleted.push({ name, reason: reasonOf(error) });
      return false;
    }
  };
  try {
    const files = (await readdir(folder, { withFileTypes: true })).filter((entry) => !entry.isDirectory());
    const names = files.map((entry) => entry.name);
    const others = names
      .filter((name) => backupKind(name) === "regular" && compareAge(name, made) < 0)
      .sort(compareAge);
    for (const name of others.slice(0, Math.max(0, others.length - (keep - 1))))
      if (await remove(name)) result.deleted.push(name);
    for (const name of names.filter((one) => TEMPORARY.test(one))) {
      const left = await stat(join(folder, name)).catch(() => null);
      if (left !== null && Date.now() - left.mtimeMs > LEFT_MS) await remove(name);
    }
  } catch (error) {
    result.notDeleted.push({ name: folder, reason: reasonOf(error) });
  }
  return result;
}

const reasonOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code ?? error);
