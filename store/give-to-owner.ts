import { lchownSync, statSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";

/**
 * Gives what a process of root has just made to the owner of the folder it lies in. A command of the administrator
 * would otherwise leave files in an installation that its service cannot use. As in config, which this layer may not
 * import.
 */
export function giveToOwner(path: string): void {
  if (process.getuid?.() !== 0) return;
  try {
    const { uid, gid } = statSync(dirname(path));
    // Follow no link: one put in its place must not give away what it leads to.
    lchownSync(path, uid, gid);
  } catch {
    // Some file systems know no owners; the content matters more.
  }
}
