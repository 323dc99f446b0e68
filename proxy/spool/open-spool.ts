import { takeFileLock } from "#store/file-lock.ts";
import { makeFolder } from "#store/make-folder.ts";
import { FileSpool } from "./file-spool.ts";
import { instanceFolder, instanceLock } from "./files.ts";
import type { Spool, SpoolOptions } from "./spool.ts";

/**
 * Throws when the folder cannot be made or written: a proxy that cannot account for requests must not serve them.
 * Short because it makes folders and locks, and the spool only writes.
 */
export function openSpool(options: SpoolOptions): Spool {
  const { folder, release } = holdFolder(options.dir, options.instanceId);
  return new FileSpool(options, folder, release);
}

/**
 * Makes the folder of an instance and holds its lock until `release`. A process that finds the folder without a holder
 * takes over what is in it, and signs the instance off. Throws when the folder cannot be made.
 */
export function holdFolder(dir: string, instanceId: string): { folder: string; release(): void } {
  const folder = instanceFolder(dir, instanceId);
  makeFolder(dir);
  // Take the lock before the folder is made. A folder without a living instance is an orphan, and the first process
  // that finds it takes it over.
  const lock = takeFileLock(instanceLock(dir, instanceId));
  lock.taken.catch(() => {}); // the name is ours alone; should locking fail, serving goes on and nothing is taken over
  makeFolder(folder);
  return { folder, release: lock.release };
}
