import type { ChildProcess } from "node:child_process";
import { setPriority } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { exitCodes } from "#core/exit-codes.ts";
import { exitOf, startChild } from "./child.ts";
import type { Output } from "./output.ts";
import { packageRoot } from "./package-root.ts";
import type { RunSettings } from "./run-settings.ts";

/** The start of the service has the processors to itself. */
const FIRST_MS = 10_000;
const LOOK_MS = 15 * 60_000;
/** Traffic comes first: the lowest priority but the one that may never get a turn. */
const NICENESS = 15;

/**
 * Makes backups as often as the operator wants, each by a process of low priority: whether one is due it finds out in the
 * database, which all instances share. Returns what ends it. A failure is said and does not end the service.
 */
export function scheduleBackups({ proxy, env }: RunSettings, output: Output): () => void {
  const { everyHours, keep, folder } = proxy.backups;
  if (everyHours === 0) return () => {};
  const flags = ["--if-older-than", `${everyHours}h`, "--keep", String(keep), "--quiet"];
  const command = [
    join(packageRoot(), "bin", "cco.mjs"),
    "backup",
    ...flags,
    ...(folder === null ? [] : ["--to", folder]),
  ];
  let child: ChildProcess | null = null;
  let isOver = false;
  const look = async () => {
    if (child !== null) return;
    child = startChild({ name: "backup", command, cwd: process.cwd(), env });
    if (child.pid !== undefined) setPriority(child.pid, NICENESS);
    const { code } = await exitOf(child);
    child = null;
    if (code !== exitCodes.ok && !isOver)
      output.error("a scheduled backup was not made", "it is tried again after an hour");
  };
  const first = setTimeout(() => void look(), FIRST_MS);
  const next = setInterval(() => void look(), LOOK_MS);
  return () => {
    isOver = true;
    clearTimeout(first);
    clearInterval(next);
    child?.kill("SIGTERM");
  };
}
