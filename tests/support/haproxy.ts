import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findOrInstall } from "./debian.ts";
import { endWithTest } from "./end-with-test.ts";
import { waitForExit } from "./proxy-process.ts";

/** This machine's own HAProxy in the foreground with the given configuration, after it was checked. Never skipped. */
export function startHaproxy(folder: string, text: string): { stop(): Promise<void> } {
  const binary = findOrInstall(findHaproxy, "haproxy", "This test needs HAProxy");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "haproxy.cfg");
  writeFileSync(file, text);
  execFileSync(binary, ["-c", "-q", "-f", file], { stdio: "pipe" });
  const child = endWithTest(spawn(binary, ["-db", "-f", file], { stdio: "ignore" }));
  return {
    async stop() {
      child.kill("SIGTERM");
      await waitForExit(child);
    },
  };
}

const findHaproxy = (): string | null =>
  ["/usr/sbin/haproxy", "/usr/local/sbin/haproxy"].find((path) => existsSync(path)) ?? null;
