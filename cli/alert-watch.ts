import { join } from "node:path";
import process from "node:process";
import { packageRoot } from "./package-root.ts";
import { consoleEnv, type RunSettings } from "./run-settings.ts";
import type { Supervisor } from "./supervisor.ts";

/** The start of the service has the processors to itself. */
const FIRST_MS = 15_000;

/**
 * Keeps the process that judges alerts and sends them, once the service has started: apart from the proxy, because it
 * talks to other servers, and with the console's environment, which holds no upstream key. Returns what ends the waiting.
 */
export function keepAlertWatch(supervisor: Supervisor, settings: RunSettings, publicUrl: string): () => void {
  const timer = setTimeout(() => {
    if (supervisor.stopping) return;
    const command = [join(packageRoot(), "bin", "cco.mjs"), "alerts", "watch"];
    const env = consoleEnv(settings, 0, publicUrl);
    supervisor.keep({
      plan: { name: "alert watch", command, cwd: process.cwd(), env },
      deathsMax: null,
      finalCodes: [],
    });
  }, FIRST_MS);
  timer.unref();
  return () => clearTimeout(timer);
}
