import { createHash, randomUUID } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { OwnUsage } from "#control/connect/own-usage.ts";
import { makeFolder } from "#store/make-folder.ts";
import { isUsage, type Source } from "./read-usage.ts";

/** Claude Code asks after every answer, several times a second at most: most calls need no network. */
const KEPT_MS = 5_000;
/** Sessions beside each other on one machine. */
const ENTRIES_MAX = 20;

/** Usage, or null for a server that gave none, by a hash of who asked for which session. No secret is in it. */
type Kept = Record<string, { atMs: number; usage: OwnUsage | null }>;

const folder = (): string => join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "cco");
const file = (): string => join(folder(), "statusline.json");

/** The answer of a few seconds ago: also null, where there was none. Undefined: the server has to be asked. */
export function keptUsage(source: Source, session: string): OwnUsage | null | undefined {
  const found = readKept()[deriveName(source, session)];
  return found === undefined || !isFresh(found) ? undefined : found.usage;
}

/** Keeps an answer for the next calls, readable by this user only. A folder that takes none is no failure. */
export function keepUsage(source: Source, session: string, usage: OwnUsage | null): void {
  const others = Object.entries(readKept()).filter(([, entry]) => isFresh(entry));
  const kept: Kept = Object.fromEntries(others.slice(-ENTRIES_MAX + 1));
  kept[deriveName(source, session)] = { atMs: Date.now(), usage };
  try {
    const beside = `${file()}.${randomUUID()}.tmp`;
    makeFolder(folder());
    writeFileSync(beside, JSON.stringify(kept), { mode: 0o600, flag: "wx" });
    renameSync(beside, file());
  } catch {
    // The next call asks the server again.
  }
}

function readKept(): Kept {
  try {
    const value: unknown = JSON.parse(readFileSync(file(), "utf8"));
    if (typeof value !== "object" || value === null) return {};
    const entries = Object.entries(value as Kept).filter(([, { atMs, usage }]) => {
      return Number.isFinite(atMs) && (usage === null || isUsage(usage));
    });
    return Object.fromEntries(entries);
  } catch {
    return {};
  }
}

/** Also not from the future: a clock that was set back must not freeze the line. */
const isFresh = ({ atMs }: { atMs: number }): boolean => Math.abs(Date.now() - atMs) < KEPT_MS;

const deriveName = ({ origin, secret }: Source, session: string): string =>
  createHash("sha256")
    .update(JSON.stringify([origin, secret, session]))
    .digest("hex")
    .slice(0, 32);
