import type { ChildProcess } from "node:child_process";
import { setPriority } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { exitCodes } from "#core/exit-codes.ts";
import { startChild, waitForExit } from "./child.ts";
import type { Output } from "./output.ts";
import { packageRoot } from "./package-root.ts";
import type { Env, RunSettings } from "./run-settings.ts";

/** The start of the service has the processors to itself. */
const FIRST_MS = 10_000;
/** Traffic comes first: the lowest priority but the one that may never get a turn. */
export const NICENESS = 15;
const MINUTE_MS = 60_000;

/**
 * Schedules backups and the archiving of old events, each by a process of low priority. Backups are made as often as
 * the operator wants, old events are archived once a day. The process finds out in the database, which all instances
 * share, whether it is due. Returns what ends the schedule. A failure is said and does not end the service.
 */
export function scheduleWork({ proxy, env }: RunSettings, output: Output): () => void {
  const { everyHours, keep, folder } = proxy.backups;
  const ends: (() => void)[] = [];
  if (everyHours > 0) {
    const flags = ["--if-older-than", `${everyHours}h`, "--keep", String(keep), "--quiet"];
    const words = ["backup", ...flags, ...(folder === null ? [] : ["--to", folder])];
    const failed = ["a scheduled backup was not made", "it is tried again after an hour"] as const;
    ends.push(repeat({ name: "backup", words, env, everyMs: 15 * MINUTE_MS, firstMs: FIRST_MS, failed }, output));
  }
  if (proxy.keepEventsDays > 0) {
    const words = ["retention", "run", "--if-older-than", "24h", "--quiet"];
    const failed = [
      "old events were not archived, and none was deleted for it",
      "it is tried again in an hour",
    ] as const;
    ends.push(
      repeat({ name: "retention", words, env, everyMs: 60 * MINUTE_MS, firstMs: 2 * FIRST_MS, failed }, output),
    );
  }
  return () => {
    for (const end of ends) end();
  };
}

interface Repeated {
  name: string;
  words: readonly string[];
  env: Env;
  firstMs: number;
  everyMs: number;
  /** What is said of a failure, and what follows. */
  failed: readonly [string, string];
}

/** Runs a command again and again, never twice at a time. Returns what ends it. */
function repeat({ name, words, env, firstMs, everyMs, failed }: Repeated, output: Output): () => void {
  const command = [join(packageRoot(), "bin", "cco.mjs"), ...words];
  let child: ChildProcess | null = null;
  let isOver = false;
  const look = async () => {
    if (child !== null) return;
    child = startChild({ name, command, cwd: process.cwd(), env, endsWhenDone: true });
    if (child.pid !== undefined) setPriority(child.pid, NICENESS);
    const { code } = await waitForExit(child);
    child = null;
    if (code !== exitCodes.ok && !isOver) output.error(...failed);
  };
  const first = setTimeout(() => void look(), firstMs);
  const next = setInterval(() => void look(), everyMs);
  return () => {
    isOver = true;
    clearTimeout(first);
    clearInterval(next);
    child?.kill("SIGTERM");
  };
}
