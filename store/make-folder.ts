import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { giveToOwner } from "./give-to-owner.ts";

/**
 * Makes a folder and the missing ones above it, with these rights, for the owner of the one above. A folder that is there stays as it is. Throws the
 * error of the file system. Node's own `recursive` never ends where the file system says that nothing is there and a
 * folder is, as below /proc.
 */
export function makeFolder(path: string, mode = 0o700): void {
  try {
    makeOne(path, mode);
  } catch (error) {
    const above = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || above === path || existsSync(above)) throw error;
    makeFolder(above, mode);
    makeOne(path, mode);
  }
}

function makeOne(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (!isFolder(path)) throw error;
    return;
  }
  giveToOwner(path);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
