import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import { databaseKind, sqliteFile } from "./database-url.ts";

/** Whether a database file is there, as far as this user may see. `path`: what the permissions close. */
type Presence = { kind: "there" } | { kind: "missing" } | { kind: "refused"; path: string; errorCode: string };

/** Looks whether the database of an address is there. Servers are taken to be there. Opens nothing. */
export function findPresence(url: string): Presence {
  if (databaseKind(url) !== "sqlite") return { kind: "there" };
  const file = sqliteFile(url);
  try {
    if (statSync(file, { throwIfNoEntry: false }) === undefined) return { kind: "missing" };
    accessSync(file, constants.R_OK | constants.W_OK);
    return { kind: "there" };
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    if (code === "ENOTDIR") return { kind: "missing" };
    // Everything else is the driver's to explain when it opens the file.
    if (code !== "EACCES" && code !== "EPERM") return { kind: "there" };
    return { kind: "refused", path: findClosed(file), errorCode: code };
  }
}

/** Finds the file, or the folder above it that this user may not enter. */
function findClosed(file: string): string {
  const above = dirname(file);
  if (above === file) return file;
  const closed = findClosed(above);
  if (closed !== above || !canEnter(above)) return closed;
  return file;
}

function canEnter(folder: string): boolean {
  try {
    accessSync(folder, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
