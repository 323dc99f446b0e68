import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import type { ControlDeps } from "../deps.ts";

export interface Backup {
  name: string;
  bytes: number;
  /** When the copy was made. */
  at: string;
}

const listedMax = 100;

/** The copies beside the rules file that publishing left behind, newest first: names and times, never their texts. */
export async function listBackups(actor: Actor, deps: ControlDeps): Promise<Backup[]> {
  requirePermission(actor, "rules.read");
  const { rulesFile } = deps.config;
  const prefix = `${basename(rulesFile)}.backup.`;
  return namesIn(dirname(rulesFile))
    .filter((name) => name.startsWith(prefix) && /^\d{8}-\d{6}(-\d+)?$/.test(name.slice(prefix.length)))
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
    .slice(0, listedMax)
    .flatMap((name) => describe(join(dirname(rulesFile), name), name));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A copy may be tidied away between listing and looking. */
function describe(path: string, name: string): Backup[] {
  try {
    const { size, mtime } = statSync(path);
    return [{ name, bytes: size, at: mtime.toISOString() }];
  } catch {
    return [];
  }
}
