import { setTimeout as wait } from "node:timers/promises";
import { watchAlerts } from "#control/alerts/watch.ts";
import { controlDeps } from "#control/deps.ts";
import { logLine } from "#control/log-line.ts";

/** The start of the service has the processors, and the first page, to itself. */
const FIRST_MS = 15_000;

/** Judges alerts and sends them for as long as the console runs. A database that is away is waited for. */
export function startAlertWatch(): void {
  // Unreferenced: a console that is asked to end is not kept by it.
  const pause = (ms: number): Promise<void> => wait(ms, undefined, { ref: false });
  const said = (problem: string | null) =>
    problem === null ? logLine("info", "alerts are judged again") : logLine("error", problem);
  const { signal } = new AbortController();
  void pause(FIRST_MS).then(() => watchAlerts(controlDeps, { signal, wait: pause, said }));
}
