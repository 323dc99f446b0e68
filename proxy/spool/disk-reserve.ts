import { rmSync } from "node:fs";
import { open, rename, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";

/**
 * Name of the file on the disk. It stays what earlier releases wrote: under another name an upgraded installation would
 * hold the space twice, and processes of two releases in one spool folder would not free each other's.
 */
export const RESERVE_FILE = "ballast";

/** Space kept in reserve for the spool, given up when the disk is full. */
interface DiskReserve {
  /** True when there was something to give up. */
  free(): boolean;
}

/**
 * Keeps a reserve file on the disk, one for all instances that share a spool folder. It is made in the background and
 * only where there is plenty of room. It is not made at once: a process that lives for seconds has no use for it. One
 * that starts has better things to write.
 */
export function keepDiskReserve(dir: string, bytes: number, afterMs: number): DiskReserve {
  const path = join(dir, RESERVE_FILE);
  const make = () => void fill(path, bytes).catch(() => rm(`${path}.new`, { force: true }).catch(() => {}));
  if (bytes > 0) setTimeout(make, afterMs).unref();
  return {
    free() {
      if (bytes === 0) return false;
      try {
        rmSync(path);
        return true;
      } catch {
        return false;
      }
    },
  };
}

async function fill(path: string, bytes: number): Promise<void> {
  if (await stat(path).catch(() => null)) return;
  const disk = await statfs(join(path, ".."));
  if (disk.bavail * disk.bsize < bytes * 4) return;
  const chunk = Buffer.alloc(Math.min(bytes, 1024 * 1024));
  const file = await open(`${path}.new`, "wx", 0o600);
  try {
    for (let left = bytes; left > 0; ) left -= (await file.write(chunk, 0, Math.min(left, chunk.length))).bytesWritten;
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}
