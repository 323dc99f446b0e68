import { accessSync, constants, existsSync, lstatSync, type Stats, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type EnvReader, readText, shown } from "./env-values.ts";
import { describeKind } from "./secret-file.ts";

/**
 * Whether a place is written as an address. As a folder it would be one named `https:` or `file:` below the working
 * directory.
 */
export const isAddress = (place: string): boolean => /^([a-z][a-z\d+.-]*:\/\/|file:\/)/i.test(place);

/** Why an address is no place for files, in one sentence. `takes` is what the variable or flag takes. */
export const addressProblem = (variable: string, place: string, takes: string): string =>
  `${variable}=${shown(place)} is an address, and CCO would make a folder of that name: name ${takes}`;

/** Where the archive of single requests is unless a person names another folder. */
export const usualArchiveFolder = (dataDir: string): string => join(dataDir, "archive");

/** Reads the absolute path of a folder; the fallback's where none is set; a mistake where it is an address. */
export function readFolder({ env, mistake }: EnvReader, name: string, fallback: string): string {
  const value = readText(env, name);
  if (value !== null && isAddress(value)) mistake(name, addressProblem(name, value, "a folder"));
  return resolve(value ?? fallback);
}

/**
 * Looks at where a folder is to be that a variable names. A mistake where something else stands there or above it; a
 * warning where this user cannot write, a link leads nowhere, or nothing is there: it may be a disk that is not mounted
 * yet. A folder that a person named is never made. `path` is absolute.
 */
export function checkFolder(
  { mistake, warn }: Pick<EnvReader, "mistake" | "warn">,
  variable: string,
  path: string,
): void {
  const { problem, errorCode, isLink } = findFolderProblem(path);
  if (problem !== null && isLink)
    warn(`Warning: ${variable}=${path} ${problem}: mount its disk, or name another folder`);
  else if (problem !== null) mistake(variable, `${variable}=${path} ${problem}. Name a folder that is there`);
  else if (errorCode !== null)
    warn(
      `Warning: ${variable}=${path} cannot be written by this user (${errorCode}): fix its permissions, or mount its disk`,
    );
  else if (!existsSync(path)) warn(`Warning: ${variable}=${path} does not exist: mount its disk, or make the folder`);
}

interface FolderProblem {
  problem: string | null;
  errorCode: string | null;
  isLink: boolean;
}

/**
 * Finds what keeps a folder from being made or written. `problem` says what stands in its way, `isLink` that it is a
 * link with nothing behind it; `errorCode` is that of the file system where this user may not write. Both null:
 * nothing. `path` is absolute.
 */
export function findFolderProblem(path: string): FolderProblem {
  try {
    const { at, stats } = nearestEntry(path);
    const what = stats.isFile() ? "a file" : stats.isSymbolicLink() ? "a link that leads nowhere" : describeKind(stats);
    if (!stats.isDirectory())
      return {
        problem: at === path ? `is ${what}, not a folder` : `cannot be made: ${at} is ${what}`,
        errorCode: null,
        isLink: stats.isSymbolicLink(),
      };
    accessSync(at, constants.W_OK | constants.X_OK);
    return { problem: null, errorCode: null, isLink: false };
  } catch (error) {
    return { problem: null, errorCode: (error as NodeJS.ErrnoException).code ?? "unknown", isLink: false };
  }
}

/**
 * Finds what stands at the path, or the nearest above it that stands there. It is a link itself where nothing is behind
 * it.
 */
function nearestEntry(path: string): { at: string; stats: Stats } {
  try {
    return { at: path, stats: statSync(path) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (path === dirname(path) || (code !== "ENOENT" && code !== "ENOTDIR" && code !== "ELOOP")) throw error;
    const link = linkAt(path);
    return link === null ? nearestEntry(dirname(path)) : { at: path, stats: link };
  }
}

function linkAt(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch {
    return null;
  }
}
