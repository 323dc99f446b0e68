import { mkdirSync } from "node:fs";
import { takeFileLock } from "#store/file-lock.ts";
import { FileSpool } from "./file-spool.ts";
import { instanceFolder, instanceLock } from "./files.ts";
import type { Spool, SpoolOptions } from "./spool.ts";

/**
 * Throws when the folder cannot be made or written: a proxy that cannot account for requests must not serve them.
 * Short because it makes folders and locks, and the spool only writes.
 */
export function openSpool(options: SpoolOptions): Spool {
  const folder = instanceFolder(options.dir, options.instanceId);
  mkdirSync(options.dir, { recursive: true, mode: 0o700 });
  // The lock comes before the folder: a folder without a living instance is taken over by the first process that finds it.
  const lock = takeFileLock(instanceLock(options.dir, options.instanceId));
  lock.taken.catch(() => {}); // the name is ours alone; should locking fail, serving goes on and nothing is taken over
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return new FileSpool(options, folder, lock.release);
}
