import { accessSync, constants, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import type { EnvReader } from "./env-values.ts";
import { kindOf } from "./secret-file.ts";

/**
 * Looks at where a folder is to be that a variable names. A mistake where something else stands there or above it; a warning
 * where this user cannot write, which may be a disk that is not mounted yet. Makes nothing: CCO does that when it needs it.
 * `path` is absolute.
 */
export function checkFolder(
  { mistake, warn }: Pick<EnvReader, "mistake" | "warn">,
  variable: string,
  path: string,
): void {
  try {
    const { at, stats } = nearestEntry(path);
    if (!stats.isDirectory()) {
      const what = stats.isFile() ? "a file" : kindOf(stats);
      const where = at === path ? `is ${what}, not a folder` : `cannot be made: ${at} is ${what}`;
      mistake(variable, `${variable}=${path} ${where}. Name a folder; CCO makes one that is not there`);
      return;
    }
    accessSync(at, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    warn(
      `Warning: ${variable}=${path} cannot be written by this user (${code}): fix its permissions, or mount its disk`,
    );
  }
}

/** What stands at the path, or the nearest above it that stands there. */
function nearestEntry(path: string): { at: string; stats: Stats } {
  try {
    return { at: path, stats: statSync(path) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (path === dirname(path) || (code !== "ENOENT" && code !== "ENOTDIR")) throw error;
    return nearestEntry(dirname(path));
  }
}
