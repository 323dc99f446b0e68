import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import process from "node:process";

/** Files to look for. Paths count by device and inode, names as `/proc` gives them to open files. */
interface Wanted {
  paths: readonly string[];
  names: readonly string[];
}

/**
 * Finds the other processes of this machine that have one of these files open. Empty where there is no `/proc`; those of
 * other users are seen by root alone.
 */
export function findOpeners({ paths, names }: Wanted): number[] {
  const ids = new Set(paths.map(findId).filter((id) => id !== null));
  return entries("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => entries(`/proc/${pid}/fd`).some((descriptor) => isWanted(pid, descriptor, ids, names)))
    .map(Number)
    .sort((one, other) => one - other);
}

function isWanted(pid: string, descriptor: string, ids: ReadonlySet<string>, names: readonly string[]): boolean {
  const link = `/proc/${pid}/fd/${descriptor}`;
  const name = attempt(() => readlinkSync(link));
  if (name === null || !name.startsWith("/")) return false; // a socket, a pipe, or gone meanwhile
  if (names.includes(name)) return true;
  // Its inode first, from the process: a file on a network disk that is away would keep `stat` waiting.
  const inode = /^ino:\s*(\d+)$/m.exec(attempt(() => readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, "utf8")) ?? "");
  if (inode !== null && ![...ids].some((id) => id.endsWith(`:${inode[1]}`))) return false;
  const id = findId(link);
  return id !== null && ids.has(id);
}

/** Device and inode; null of what is not there. A container may know the file by another name. */
const findId = (path: string): string | null =>
  attempt(() => {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  });

const entries = (folder: string): string[] => attempt(() => readdirSync(folder)) ?? [];

function attempt<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}
