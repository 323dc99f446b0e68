import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import type { ControlDeps } from "../deps.ts";

export interface Backup {
  name: string;
  bytes: number;
  /** Time of the copy. */
  at: string;
}

const listedMax = 100;

/**
 * Lists the backups of the rules file that publishing left beside it, newest first: names and times, never their
 * texts.
 */
export async function listBackups(actor: Actor, deps: ControlDeps): Promise<Backup[]> {
  requirePermission(actor, "rules.read");
  const { rulesFile } = deps.config;
  const prefix = `${basename(rulesFile)}.backup.`;
  return namesIn(dirname(rulesFile))
    .filter((name) => name.startsWith(prefix))
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
    .flatMap((name) => describe(name, name.slice(prefix.length), dirname(rulesFile)))
    .slice(0, listedMax);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Reads one backup. Its name contains the time, in UTC. A copy may be deleted between listing and reading. */
function describe(name: string, stamp: string, folder: string): Backup[] {
  const parts = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)(-\d+)?$/.exec(stamp);
  if (!parts) return [];
  const [, year, month, day, hour, minute, second] = parts;
  try {
    const { size } = statSync(join(folder, name));
    return [{ name, bytes: size, at: `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z` }];
  } catch {
    return [];
  }
}
