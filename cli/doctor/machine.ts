import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  statfsSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { findFolderProblem } from "#config/check-folder.ts";
import { findNodeSupport } from "#core/node-support.ts";
import { quoteForShell } from "#core/shell-word.ts";
import { type Finding, ok, problem, skipped, warning } from "./finding.ts";

const MEGABYTE = 1024 * 1024;
/** Below this the spool's own limit may be reached on a busy day. */
const FREE_ENOUGH_MB = 2_048;
/** Below this records are kept in memory instead of on the disk. */
const FREE_LEAST_MB = 256;

/** Node's version against its schedule. `today`: `YYYY-MM-DD`. */
export function checkNode(version: string, today: string): Finding {
  const { until, isOver } = findNodeSupport(version, today);
  if (until === null)
    return warning("Node", `${version} has no long-term support`, "use Node 22, 24 or a later even release");
  if (isOver)
    return warning(
      "Node",
      `${version} works, but has had no security fixes since ${until}`,
      "use Node 22 or 24; nothing else has to change",
    );
  return ok("Node", `${version}, supported until ${until}`);
}

/** Whether the data folder can be written, is its owner's alone with all in it, and has room. */
export function checkDataFolder(dataDir: string): Finding[] {
  const { problem: inTheWay, errorCode } = findFolderProblem(dataDir);
  const fix = "fix its permissions or set CCO_DATA_DIR";
  if (inTheWay !== null) return [problem("data folder", `${dataDir} ${inTheWay}`, "set CCO_DATA_DIR to a folder")];
  if (errorCode === "EACCES" && !canEnter(dataDir))
    return [problem("data folder", `${dataDir} cannot be opened by this user`, `run it as the user of CCO, or ${fix}`)];
  if (errorCode !== null || (existsSync(dataDir) && !isReadable(dataDir)))
    return [problem("data folder", `${dataDir} cannot be written by this user`, fix)];
  if (!existsSync(dataDir)) {
    const refusal = tryToMake(dataDir);
    if (refusal !== null) return [problem("data folder", `${dataDir} cannot be made (${refusal})`, fix)];
    return [ok("data folder", `${dataDir} does not exist yet; \`cco run\` makes it`)];
  }
  return [checkPrivacy(dataDir), roomIn(dataDir)];
}

/**
 * Tries to make a folder where this one would begin, and removes it. Permissions do not show this on a file system of
 * the kernel.
 */
function tryToMake(dataDir: string): string | null {
  let above = dirname(dataDir);
  while (!existsSync(above)) above = dirname(above);
  try {
    rmdirSync(mkdtempSync(join(above, ".cco-doctor-")));
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "unknown";
  }
}

const isReadable = (folder: string): boolean => isAllowed(folder, constants.R_OK);
const canEnter = (folder: string): boolean => isAllowed(folder, constants.X_OK);

function isAllowed(folder: string, mode: number): boolean {
  try {
    accessSync(folder, mode);
    return true;
  } catch {
    return false;
  }
}

function checkPrivacy(dataDir: string): Finding {
  const { mode: bits, uid, gid } = statSync(dataDir);
  const isOwn = process.getuid?.() !== 0 || uid === 0;
  const foreign = isOwn ? null : findForeign(dataDir, uid);
  if (foreign !== null)
    return problem(
      "data folder",
      `${dataDir} belongs to user ${uid}, and ${foreign.path} in it to user ${foreign.uid}: CCO cannot use it when it runs as the former`,
      `chown -R ${uid}:${gid} ${quoteForShell(dataDir)}`,
    );
  const mode = bits & 0o777;
  if ((mode & 0o077) === 0) return ok("data folder", `${dataDir}, ${isOwn ? "this user's" : `user ${uid}'s`} alone`);
  const octal = mode.toString(8).padStart(4, "0");
  return warning(
    "data folder",
    `${dataDir} can be opened by others (mode ${octal})`,
    `chmod 700 ${quoteForShell(dataDir)}`,
  );
}

/**
 * Finds what the owner of a data folder cannot use in it. The administrator may use everything, and would not notice.
 * Two levels: the files of `spool`, `backups` and `archive` too.
 */
function findForeign(folder: string, owner: number, levels = 2): { path: string; uid: number } | null {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    // Files of a running CCO come and go; what a link leads to lies elsewhere.
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined || entry.isSymbolicLink()) continue;
    const open = entry.isDirectory() ? 0o007 : 0o006;
    if (stats.uid !== owner && (stats.mode & open) !== open) return { path, uid: stats.uid };
    const below = entry.isDirectory() && levels > 1 ? findForeign(path, owner, levels - 1) : null;
    if (below !== null) return below;
  }
  return null;
}

function roomIn(dataDir: string): Finding {
  try {
    const { bavail, bsize } = statfsSync(dataDir);
    const freeMb = Math.floor((bavail * bsize) / MEGABYTE);
    const text = `${freeMb} MB free where the data folder is`;
    if (freeMb < FREE_LEAST_MB) return problem("disk", text, "make room: records wait in memory when the disk is full");
    if (freeMb < FREE_ENOUGH_MB)
      return warning("disk", text, "make room before it is needed: 2 GB are enough for months");
    return ok("disk", text);
  } catch (error) {
    return skipped("disk", `its free room is unknown (${(error as NodeJS.ErrnoException).code})`);
  }
}
