// Long because one file is written, read back, named, placed and proven here: each step leaves what the next finds.

import { createHash, randomBytes } from "node:crypto";
import { createReadStream, existsSync, statSync } from "node:fs";
import { chmod, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { usualArchiveFolder } from "#config/check-folder.ts";
import { giveToOwner } from "#config/give-to-owner.ts";
import { replaceFile, syncDirectory } from "#config/replace-file.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { AppError } from "#core/errors.ts";
import type { ArchiveFile } from "#store/archive-files.ts";
import { eventCells } from "#store/event-columns.ts";
import type { ControlDeps } from "../deps.ts";
import { folderProblem } from "../folder-problem.ts";
import { EventEncoder, readEventPages } from "./parquet.ts";

/** List of the files for people and other programs: the same as the database's. */
const MANIFEST = "manifest.json";
const TEMPORARY = /^\.events-.*\.tmp$/;
/**
 * Age at which a temporary file that the database knows nothing of is an orphan. It was left by a process that was
 * killed.
 */
const LEFT_MS = 86_400_000;

type Checked = Pick<ArchiveFile, "name" | "bytes" | "sha256" | "folder" | "hostname">;

/** A file that was written, synced and read back, under a temporary name. */
interface WrittenFile {
  temporary: string;
  rows: number;
  bytes: number;
  sha256: string;
  ids: string[];
}

/**
 * Writes events into a temporary file of the folder, syncs it, and reads it back from the disk. Every value must be
 * what was written. Null where there are no events. Throws `archive.unwritable`, and leaves nothing then.
 */
export async function writeEvents(folder: string, pages: AsyncIterable<RequestEvent[]>): Promise<WrittenFile | null> {
  const temporary = join(folder, `.events-${randomBytes(8).toString("hex")}.tmp`);
  try {
    const { digest, ...written } = await writeTemporary(temporary, pages);
    if (written.rows === 0) {
      await rm(temporary, { force: true });
      return null;
    }
    if ((await hashFile(temporary)) !== written.sha256 || (await digestOfFile(temporary)) !== digest)
      throw unreadable(folder);
    return { temporary, ...written };
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw unwritable(error, folder) ?? error;
  }
}

/**
 * Makes the usual folder of an installation, below its data folder, and keeps it to its user. One that a person named
 * must be there: where its disk is not mounted, archives would fill the disk below, and rows be deleted for files that
 * the mounted disk hides. Its mode stays as it is, for others may use it and CCO need not own it. Throws
 * `archive.unwritable`.
 */
export async function prepareArchiveFolder({ archiveFolder: folder, dataDir }: ArchivePlace): Promise<void> {
  const missing = findMissingFolder({ archiveFolder: folder, dataDir });
  if (missing !== null) throw missing;
  if (folder !== usualArchiveFolder(dataDir)) return;
  try {
    await mkdir(folder, { mode: 0o700 }).then(
      () => giveToOwner(folder),
      async (error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST" || !(await stat(folder)).isDirectory()) throw error;
      },
    );
    await chmod(folder, 0o700);
  } catch (error) {
    throw unwritable(error, folder) ?? error;
  }
}

type ArchivePlace = Pick<ControlDeps["config"], "archiveFolder" | "dataDir">;

/** The refusal for a folder that a person named and that is not there, or is none. Null where it is, or where CCO makes it. */
export function findMissingFolder({ archiveFolder: folder, dataDir }: ArchivePlace): AppError | null {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined && folder === usualArchiveFolder(dataDir)) return null;
  if (found?.isDirectory()) return null;
  const [reason, because, fix] =
    found === undefined
      ? ["ENOENT", "does not exist", "Mount its disk, or make the folder"]
      : ["ENOTDIR", "is no folder", "Move what is there"];
  return new AppError(
    "archive.unwritable",
    { reason },
    `The archive could not be written: the folder ${folder} ${because}. ${fix}, or name another one in CCO_ARCHIVE_FOLDER. No event was deleted for it.`,
  );
}

async function writeTemporary(
  temporary: string,
  pages: AsyncIterable<RequestEvent[]>,
): Promise<Omit<WrittenFile, "temporary"> & { digest: string }> {
  const encoder = new EventEncoder();
  const hash = createHash("sha256");
  const digest = createHash("sha256");
  const ids: string[] = [];
  let bytes = 0;
  const handle = await open(temporary, "wx", 0o600);
  giveToOwner(temporary);
  try {
    const append = async (part: Uint8Array) => {
      hash.update(part);
      bytes += part.length;
      await handle.writeFile(part);
    };
    for await (const events of pages) {
      for (const event of events) {
        ids.push(event.id);
        digest.update(toText(event));
      }
      await append(encoder.page(events));
    }
    await append(encoder.end());
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { rows: ids.length, bytes, sha256: hash.digest("hex"), ids, digest: digest.digest("hex") };
}

/** An event as text in which any difference shows. */
export const toText = (event: RequestEvent): string => `${JSON.stringify(eventCells(event))}\n`;

async function digestOfFile(file: string): Promise<string> {
  const digest = createHash("sha256");
  for await (const events of readEventPages(file)) for (const event of events) digest.update(toText(event));
  return digest.digest("hex");
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest("hex");
}

/**
 * Chooses the name of a written file: the first of the day that is free. A file with the same content, which an earlier
 * database left, gives its name instead. Keeps the file under a name that follows from it until `placeFile`. Throws
 * `archive.unwritable`.
 */
export async function nameFile(
  folder: string,
  day: string,
  { temporary, sha256 }: WrittenFile,
  known: ReadonlySet<string>,
): Promise<string> {
  try {
    for (let number = 1; ; number++) {
      const name = `events-${day}${number === 1 ? "" : `-${number}`}.parquet`;
      if (known.has(name)) continue;
      if (existsSync(join(folder, name)) && (await hashFile(join(folder, name))) !== sha256) continue;
      await rename(temporary, join(folder, pendingName(name, sha256)));
      syncDirectory(folder);
      return name;
    }
  } catch (error) {
    throw unwritable(error, folder) ?? error;
  }
}

const pendingName = (name: string, sha256: string): string => `.${name}.${sha256.slice(0, 16)}.tmp`;

/** Removes a file that another process was faster with. */
export const dropPending = (folder: string, { name, sha256 }: Pick<ArchiveFile, "name" | "sha256">): Promise<void> =>
  rm(join(folder, pendingName(name, sha256)), { force: true });

/** Whether a noted file is there, under its own name or the one it has before. */
export const isThere = (folder: string, { name, sha256 }: Pick<ArchiveFile, "name" | "sha256">): boolean =>
  existsSync(join(folder, name)) || existsSync(join(folder, pendingName(name, sha256)));

/** Gives a noted file its name, if it has it not yet, and proves that it is what was written. */
export async function placeFile(folder: string, file: Checked): Promise<void> {
  const pending = join(folder, pendingName(file.name, file.sha256));
  if (!existsSync(join(folder, file.name)) && existsSync(pending)) {
    await rename(pending, join(folder, file.name));
    syncDirectory(folder);
  }
  await checkFile(folder, file);
  await rm(pending, { force: true });
}

/** Proves that a file is there and is what was written. Throws `archive.missing` or `archive.damaged`. */
export async function checkFile(folder: string, { name, bytes, sha256, ...from }: Checked): Promise<void> {
  const found = await stat(join(folder, name)).catch(() => null);
  if (found === null || !found.isFile()) {
    const text = `The archive file ${name} is not in ${folder} (${from.hostname} wrote it into ${from.folder}). Copy it there, or name its folder in CCO_ARCHIVE_FOLDER.`;
    throw new AppError("archive.missing", { name }, text);
  }
  const actual = found.size === bytes ? await hashFile(join(folder, name)).catch(() => null) : null;
  if (actual !== sha256) throw damagedFile(folder, name, "its checksum differs");
}

export const damagedFile = (folder: string, name: string, reason: string): AppError =>
  new AppError(
    "archive.damaged",
    { name, reason },
    `The archive file ${name} in ${folder} is not what was written: ${reason}. Put a sound copy of it there.`,
  );

/** Writes the list of the files, where it is not that yet; removes what killed processes left. */
export async function tidyFolder(folder: string, files: readonly ArchiveFile[]): Promise<void> {
  try {
    if (!existsSync(folder)) return;
    const list = files.map(({ name, day, rows, bytes, sha256, writtenAt }) => ({
      name,
      day,
      rows,
      bytes,
      sha256,
      writtenAt,
    }));
    const about = "Single requests by UTC day, Apache Parquet. Only the files of this list belong to the archive.";
    const manifest = { format: "cco-archive", formatVersion: 1, about, files: list };
    replaceFile(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, () => 0o600);
    const pending = new Set(files.map(({ name, sha256 }) => pendingName(name, sha256)));
    for (const name of (await readdir(folder)).filter((one) => TEMPORARY.test(one) && !pending.has(one))) {
      const left = await stat(join(folder, name)).catch(() => null);
      if (left !== null && Date.now() - left.mtimeMs > LEFT_MS) await rm(join(folder, name), { force: true });
    }
  } catch (error) {
    throw unwritable(error, folder) ?? error;
  }
}

/** Names the files of events in the folder that the database does not list: left by an earlier database. */
export async function unlistedFiles(folder: string, files: readonly ArchiveFile[]): Promise<string[]> {
  const known = new Set(files.map(({ name }) => name));
  const names = await readdir(folder).catch((): string[] => []);
  return names.filter((name) => /^events-.*\.parquet$/.test(name) && !known.has(name)).sort();
}

/** The refusal for an error of the file system; null for every other error. */
function unwritable(error: unknown, folder: string): AppError | null {
  const problem = folderProblem(error);
  if (problem === null) return null;
  const { reason, because, fix } = problem;
  const text = `The archive could not be written: the folder ${folder} ${because}. ${fix}, or name another one in CCO_ARCHIVE_FOLDER. No event was deleted for it.`;
  return new AppError("archive.unwritable", { reason }, text);
}

const unreadable = (folder: string): AppError =>
  new AppError(
    "archive.unwritable",
    { reason: "read back" },
    `The archive could not be written: what was read back from the folder ${folder} is not what was written. Look at its disk, or name another one in CCO_ARCHIVE_FOLDER. No event was deleted for it.`,
  );
