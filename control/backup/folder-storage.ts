import { randomBytes } from "node:crypto";
import { createWriteStream, existsSync } from "node:fs";
import { open, readdir, rename, rm, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { giveToOwner } from "#config/give-to-owner.ts";
import { AppError } from "#core/errors.ts";
import { makeFolder } from "#store/make-folder.ts";
import { folderProblem } from "../folder-problem.ts";
import { fileSource } from "./file-source.ts";
import { type BackupKind, backupKind, backupName, oldestBeyond } from "./names.ts";
import type { ArchiveDraft, BackupStorage, Deletion, StoredArchive } from "./storage.ts";

/** An archive in making, and a name that is taken for one. */
const TEMPORARY = /^\.cco-(backup-[0-9a-f]+\.tmp|(backup|before-restore)-\d{8}T\d{6}Z(-\d+)?\.tar\.gz\.taken)$/;
/** A temporary file as old as this was left by a process that was killed. */
const LEFT_MS = 86_400_000;

/**
 * Keeps archives in a folder. Files are for this user only. `isMade`: the folder is made with the first archive, as the
 * usual one is. One that a person named must be there: where its disk is not mounted, archives would fill the disk
 * below.
 */
export const folderStorage = (folder: string, { isMade }: { isMade: boolean }): BackupStorage => ({
  name: folder,
  isRemote: false,
  begin: (kind, at) => begin(folder, { kind, at, isMade }),
  list: () => listFolder(folder, isMade),
  source: (name) => fileSource(join(folder, name)),
  deleteOldest: (keep, made) => deleteOldest(folder, keep, made),
  unwritable: (error) => unwritable(error, folder),
});

async function begin(
  folder: string,
  { kind, at, isMade }: { kind: BackupKind; at: Date; isMade: boolean },
): Promise<ArchiveDraft> {
  if (isMade) makeFolder(folder);
  else if (!existsSync(folder)) throw missing(folder, "The backup could not be written");
  const temporary = join(folder, `.cco-backup-${randomBytes(6).toString("hex")}.tmp`);
  let taken: TakenName | null = null;
  return {
    sink: createWriteStream(temporary, { flags: "wx", mode: 0o600, flush: true }),
    takeName: async () => {
      taken = await takeName(folder, kind, at);
      const { size: bytes } = await stat(temporary);
      return { file: join(folder, taken.name), name: taken.name, bytes };
    },
    publish: async () => {
      if (taken === null) throw new Error("an archive without a name");
      giveToOwner(temporary);
      await rename(temporary, join(folder, taken.name));
      await syncFolder(folder);
    },
    discard: async () => {
      for (const left of [temporary, ...(taken === null ? [] : [taken.mark])])
        await rm(left, { force: true }).catch(() => {});
    },
  };
}

/** A name that only this process gives to an archive until it removes the mark. */
interface TakenName {
  name: string;
  mark: string;
}

/**
 * Takes the first name of an instant that is free. The mark is made before the look: of two that ask at once, also on two
 * machines, one finds the mark or the archive of the other.
 */
async function takeName(folder: string, kind: BackupKind, at: Date): Promise<TakenName> {
  for (let number = 1; ; number++) {
    const name = backupName(kind, at, number);
    const mark = join(folder, `.${name}.taken`);
    const handle = await open(mark, "wx", 0o600).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return null;
      throw error;
    });
    if (handle === null) continue;
    await handle.close();
    if (!existsSync(join(folder, name))) return { name, mark };
    await rm(mark, { force: true });
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Some file systems sync no folders; there the rename is as durable as they make it.
  const handle = await open(folder, "r").catch(() => null);
  await handle?.sync().catch(() => {});
  await handle?.close().catch(() => {});
}

/**
 * The usual folder has none until it is made. Throws `backup.unwritable` where one that a person named is not there, as
 * writing does: archives that lie on its disk must not seem to be gone. The same where one cannot be read.
 */
async function listFolder(folder: string, isMade: boolean): Promise<StoredArchive[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" && isMade) return [];
    if (error.code === "ENOENT") throw missing(folder, "The backups cannot be listed");
    const fix = folderProblem(error)?.fix ?? "Look at its disk";
    const text = `The backups cannot be listed: the folder ${folder} cannot be read (${error.code}). ${fix}.`;
    throw new AppError("backup.unwritable", { reason: String(error.code) }, text);
  });
  const found: StoredArchive[] = [];
  for (const name of names) {
    const kind = backupKind(name);
    const file = await stat(join(folder, name)).catch(() => null);
    if (kind !== null && file?.isFile()) found.push({ name, kind, bytes: file.size });
  }
  return found;
}

async function deleteOldest(folder: string, keep: number, made: string): Promise<Deletion> {
  const result: Deletion = { deleted: [], notDeleted: [] };
  const remove = async (name: string): Promise<boolean> => {
    try {
      await unlink(join(folder, name));
      return true;
    } catch (error) {
      // Another process deleted it.
      if (toReason(error) === "ENOENT") return false;
      result.notDeleted.push({ name, reason: toReason(error) });
      return false;
    }
  };
  try {
    const files = (await readdir(folder, { withFileTypes: true })).filter((entry) => !entry.isDirectory());
    const names = files.map((entry) => entry.name);
    for (const name of oldestBeyond(names, keep, made)) if (await remove(name)) result.deleted.push(name);
    for (const name of names.filter((one) => TEMPORARY.test(one))) {
      const left = await stat(join(folder, name)).catch(() => null);
      if (left !== null && Date.now() - left.mtimeMs > LEFT_MS) await remove(name);
    }
  } catch (error) {
    result.notDeleted.push({ name: folder, reason: toReason(error) });
  }
  return result;
}

const toReason = (error: unknown): string => String((error as NodeJS.ErrnoException).code ?? error);

const missing = (folder: string, what: string): AppError =>
  new AppError(
    "backup.unwritable",
    { reason: "ENOENT" },
    `${what}: the folder ${folder} does not exist. Mount its disk, or make the folder. Nothing was made.`,
  );

/** The refusal for an error of the file system; null for every other error. */
function unwritable(error: unknown, folder: string): AppError | null {
  const problem = folderProblem(error);
  if (problem === null) return null;
  const { reason, because, fix } = problem;
  return new AppError(
    "backup.unwritable",
    { reason },
    `The backup could not be written: the folder ${folder} ${because}. ${fix}, or choose another one. Nothing was left of it.`,
  );
}
