import type { ProxySettings } from "#config/read-env.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { ShutdownSignal } from "#core/shutdown-signal.ts";
import { startLedger } from "../ledger/client/ledger-thread.ts";
import { describeHurry } from "../process/runner.ts";
import { followLedger, sayStarted } from "../process/start-lines.ts";
import { holdSpoolFolder, openSharedMemory, startParts } from "../process/start-parts.ts";
import { buildKeyLimiter } from "../server/model-deps.ts";
import { WorkerPool } from "./worker-pool.ts";

/** Time beyond a worker's own hard stop in which it may write everything down. */
const KILL_AFTER_HARD_STOP_MS = 3_000;
const GIVE_UP_WITHIN_MS = 2_000;

/**
 * Starts the primary process, which keeps the workers and carries no traffic. It reads the rules file and follows the
 * history. It runs the ledger's thread for the spools of all, and forwards to each what it must know of the others.
 */
export async function startPrimary(settings: ProxySettings): Promise<void> {
  const { log, eventBus, startedAtMs, rules, instanceId, ledgerOptions } = startParts(settings);
  const folder = holdSpoolFolder(settings, instanceId);
  const ledger = startLedger({ ...ledgerOptions, overhear: (message) => pool.forward(message) });
  const end = (exitCode: number) => {
    log.flush();
    process.exit(exitCode);
  };
  const pool = new WorkerPool({
    count: settings.workers,
    instanceId,
    startedAtMs,
    rules: () => rules.served(),
    ledger,
    keyLimiter: buildKeyLimiter(openSharedMemory(settings, log), ledger),
    log,
    // The database's driver aborts the process when it ends in the middle of its work.
    giveUp: (exitCode) => void ledger.stop(GIVE_UP_WITHIN_MS).finally(() => end(exitCode)),
  });
  eventBus.on((proxyEvent) => proxyEvent.kind === "rules" && pool.sendRules());
  const shutdown = new ShutdownSignal();
  let isHurried = false;
  const stop = async (signal: string) => {
    const outcome = shutdown.classify(performance.now());
    if (outcome === "echo") return;
    if (outcome === "again" && !isHurried) log.line(describeHurry(signal));
    isHurried ||= outcome === "again";
    await pool.stop(signal, settings.shutdownTimeoutMs + KILL_AFTER_HARD_STOP_MS);
    if (outcome === "again") return;
    rules.stop();
    // Empty: the ledger takes it away at its end.
    folder.release();
    await ledger.stop();
    end(Number(process.exitCode ?? 0));
  };
  process.on("SIGTERM", () => void stop("SIGTERM"));
  process.on("SIGINT", () => void stop("SIGINT"));
  process.on("SIGHUP", () => rules.readFileAgain());
  const crash = (problem: unknown) => {
    const stack = problem instanceof Error ? problem.stack : undefined;
    log.error({ problem: String(problem), stack }, "crash");
    end(exitCodes.crash);
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
  await followLedger(ledger, rules);
  const port = await pool.begin();
  if (port === null) return;
  sayStarted({ settings, rules, ledger, log }, port);
}
