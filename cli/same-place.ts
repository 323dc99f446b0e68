import { type Dirent, readdirSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";

/** Whether two paths lead to one place: through links of either kind, or a folder that is mounted twice. */
export function isSamePlace(one: string, other: string): boolean {
  if (findRealPath(one) === findRealPath(other)) return true;
  const [first, second] = [one, other].map(findIdentity);
  return first !== null && first === second;
}

/** Device and inode; null of what is not there, or behind a folder that this user may not enter. */
function findIdentity(path: string): string | null {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return null;
  }
}

/** The path without links, also of what is not there yet: then by the nearest folder above that is. */
export function findRealPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(findRealPath(above), basename(path));
  }
}

/** Whether a path leads into a folder, or to it. It may do so by links, or by a folder that is mounted twice. */
export function isInside(folder: string, path: string): boolean {
  const [above, below] = [findRealPath(folder), findRealPath(path)];
  if (below === above || below.startsWith(above.endsWith(sep) ? above : `${above}${sep}`)) return true;
  const id = findIdentity(above);
  for (let at = below; id !== null; at = dirname(at)) {
    if (findIdentity(at) === id) return true;
    if (at === dirname(at)) return false;
  }
  return false;
}

/** A data folder is as deep as the months of its archive; what lies deeper is of another kind. */
const DEPTH_MAX = 4;

/**
 * Finds what a folder shares with another one. That is a link into it, or a file with a second name there (a hard link).
 * Null where they are apart. What this user may not read is passed over.
 */
export function findSharedFile(owned: string, folder: string): string | null {
  let ids: ReadonlySet<string> | null = null;
  const own = findIdentity(owned);
  for (const { path, entry } of walk(findRealPath(folder), DEPTH_MAX, own)) {
    if (entry.isSymbolicLink() && isInside(owned, findTarget(path))) return path;
    if (!entry.isFile() || !hasSecondName(path)) continue;
    ids ??= new Set([...walk(findRealPath(owned), DEPTH_MAX, null)].flatMap((one) => findIdentity(one.path) ?? []));
    if (ids.has(findIdentity(path) ?? "")) return path;
  }
  return null;
}

/** Where a link leads, also where nothing is there yet: it would be made there. */
function findTarget(link: string): string {
  try {
    return resolve(dirname(link), readlinkSync(link));
  } catch {
    return link;
  }
}

/** Every entry of a folder and of those below; the folder with the identity `without` is left out. */
function* walk(folder: string, depth: number, without: string | null): Generator<{ path: string; entry: Dirent }> {
  for (const entry of readEntries(folder)) {
    const path = join(folder, entry.name);
    yield { path, entry };
    const isBelow = entry.isDirectory() && depth > 1 && (without === null || findIdentity(path) !== without);
    if (isBelow) yield* walk(path, depth - 1, without);
  }
}

function readEntries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function hasSecondName(path: string): boolean {
  try {
    return statSync(path).nlink > 1;
  } catch {
    return false;
  }
}
