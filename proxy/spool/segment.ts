import { close, fdatasync, fsync, ftruncateSync, open, openSync, writeSync } from "node:fs";
import { promisify } from "node:util";
import { segmentFile } from "./files.ts";

/** The system calls of a spool, so that tests can make them fail. */
export interface SpoolIo {
  writeSync(fd: number, bytes: Buffer): number;
  ftruncateSync(fd: number, size: number): void;
  fdatasync(fd: number): Promise<void>;
  openSegment(path: string): number;
}

export const systemIo: SpoolIo = {
  writeSync: (fd, bytes) => writeSync(fd, bytes),
  ftruncateSync,
  fdatasync: promisify(fdatasync),
  // Exclusive and append-only: no other process's file is ever written to, and a truncated tail is really gone.
  openSegment: (path) => openSync(path, "ax", 0o600),
};

/** One file of the spool, being written. */
export interface Segment {
  number: number;
  fd: number;
  /** Where the last whole record ends. */
  size: number;
  isDirty: boolean;
  /** The sync under way, if any; the file is closed after it. */
  syncing: Promise<void> | null;
  /** A sync of it failed once. The kernel forgets what it could not write, so that the next one would only seem to succeed. */
  isRefused: boolean;
}

export function createSegment(io: SpoolIo, folder: string, number: number): Segment {
  const fd = io.openSegment(segmentFile(folder, number));
  syncFolder(folder);
  return { number, fd, size: 0, isDirty: false, syncing: null, isRefused: false };
}

export type Appended = "ok" | "full" | "broken";

/**
 * One write for one record. A record that got in only partly is cut off again, or the next one would be glued to its torn
 * tail and lost with it. `broken`: the file must not be written to any more.
 */
export function appendTo(io: SpoolIo, segment: Segment, bytes: Buffer): Appended {
  let outcome: Appended = "full";
  try {
    if (io.writeSync(segment.fd, bytes) === bytes.length) {
      segment.size += bytes.length;
      segment.isDirty = true;
      return "ok";
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOSPC" && code !== "EDQUOT") outcome = "broken";
  }
  try {
    io.ftruncateSync(segment.fd, segment.size);
  } catch {
    return "broken";
  }
  return outcome;
}

/**
 * Syncs a segment to the disk. Rejects when the disk refused: what was written since the last good sync may be lost,
 * and syncing again proves nothing.
 */
export async function syncSegment(io: SpoolIo, segment: Segment): Promise<void> {
  if (segment.syncing) await segment.syncing.catch(() => {}); // its own caller gets that failure
  if (segment.isRefused) throw new Error("The disk has refused this file.");
  if (!segment.isDirty) return;
  segment.isDirty = false;
  segment.syncing = io.fdatasync(segment.fd);
  try {
    await segment.syncing;
  } catch (error) {
    segment.isRefused = true;
    throw error;
  } finally {
    segment.syncing = null;
  }
}

/** Syncs what is left and closes; resolves also when that failed. */
export async function closeSegment(io: SpoolIo, segment: Segment): Promise<boolean> {
  const isSynced = await syncSegment(io, segment).then(
    () => true,
    () => false,
  );
  await new Promise<void>((resolve) => close(segment.fd, () => resolve()));
  return isSynced;
}

/** Makes a new file's name durable. In the background: a request must not wait for a folder. */
function syncFolder(folder: string): void {
  open(folder, "r", (failed, fd) => {
    if (!failed) fsync(fd, () => close(fd, () => {}));
  });
}
