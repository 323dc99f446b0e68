import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import process from "node:process";

let watchdog: ChildProcess | null = null;

/**
 * Ends a process and everything it has started when this process goes, however it goes. A hook that times out never
 * reaches the line that stops it. Returns the process. The watchdog is a process too, because SIGKILL leaves no time.
 */
export function endWithTest<Child extends ChildProcess>(child: Child): Child {
  const { pid } = child;
  if (pid === undefined) return child;
  watchdog ??= startWatchdog();
  watchdog.stdin?.write(`+${pid} ${readStartTicks(pid)}\n`);
  child.once("exit", () => watchdog?.stdin?.write(`-${pid}\n`));
  return child;
}

function startWatchdog(): ChildProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, "watchdog.mjs")], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true, // Ctrl-C is for the test; the watchdog outlives it
  });
  child.unref();
  // Neither may keep the test process from ending.
  (child.stdin as Socket).unref();
  child.stdin.on("error", () => {});
  return child;
}

/** Clock ticks from the start of the machine to that of a process. */
function readStartTicks(pid: number): string {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}
