import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { giveToOwner } from "./give-to-owner.ts";

/**
 * Replaces a file atomically. A reader, or a crash at any moment, finds either the old content or the new one. Keeps
 * the owner, and writes through a symbolic link, also one that leads to no file yet. `chooseMode` gets the mode of the old
 * file, null where there is none. What is no file (a pipe, `/dev/stdout`) is written to and stays what it is. Throws
 * the system's error.
 */
export function replaceFile(
  file: string,
  text: string | Uint8Array,
  chooseMode: (oldMode: number | null) => number,
): void {
  const old = statSync(file, { throwIfNoEntry: false });
  if (old && !old.isFile()) {
    writeFileSync(file, text);
    return;
  }
  const target = resolveRealPath(file);
  const mode = chooseMode(old ? old.mode & 0o777 : null);
  const temporary = path.join(
    path.dirname(target),
    `.${path.basename(target)}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`,
  );
  try {
    writeDurably(temporary, text, mode, old);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    // A single file mounted into a container cannot be renamed over; there the old inode has to be written.
    if (findCode(error) !== "EBUSY" && findCode(error) !== "EXDEV") throw error;
    writeFileSync(target, text, { flush: true });
    if (old && (old.mode & 0o777) !== mode) chmodSync(target, mode);
  }
  syncDirectory(path.dirname(target));
}

/** The file that a path leads to through symbolic links, whether or not it is there. */
export function resolveRealPath(file: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    if (findCode(error) !== "ENOENT") throw error;
    if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return path.resolve(file);
    return resolveRealPath(path.resolve(realpathSync(path.dirname(file)), readlinkSync(file)));
  }
}

function writeDurably(temporary: string, text: string | Uint8Array, mode: number, old: Stats | undefined): void {
  const handle = openSync(temporary, "wx", 0o600);
  try {
    writeFileSync(handle, text);
    fchmodSync(handle, mode);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  if (!old) {
    giveToOwner(temporary);
    return;
  }
  if (old.uid === process.getuid?.() && old.gid === process.getgid?.()) return;
  try {
    chownSync(temporary, old.uid, old.gid);
  } catch {
    // Only root may change a file's owner; the content matters more.
  }
}

/** Syncs a file, or a directory, to the disk. */
export function syncFile(file: string): void {
  const handle = openSync(file, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * Syncs a directory where the file system allows it. Elsewhere the rename is as durable as the file system makes it.
 */
export function syncDirectory(directory: string): void {
  try {
    syncFile(directory);
  } catch (error) {
    if (!["EINVAL", "EPERM", "EISDIR", "EACCES", "ENOTSUP"].includes(findCode(error) ?? "")) throw error;
  }
}

const findCode = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error ? String(error.code) : undefined;
