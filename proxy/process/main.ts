import cluster from "node:cluster";
import process from "node:process";
import type { ProxySettings } from "#config/read-env.ts";
import { startPrimary } from "../cluster/primary.ts";
import { startWorker } from "../cluster/worker.ts";
import { startLedger } from "../ledger/client/ledger-thread.ts";
import { shownRoutes } from "../routes/shown-routes.ts";
import { listen } from "../server/listen.ts";
import { ProxyServer } from "../server/server.ts";
import { loadedPins } from "../sessions/loaded-pins.ts";
import { loadTelemetry } from "../telemetry/load.ts";
import { giveHeapRoom } from "./heap-room.ts";
import { Runner } from "./runner.ts";
import { endStart } from "./start-error.ts";
import { followLedger, sayStarted } from "./start-lines.ts";
import { makeSpool, openSharedMemory, productVersion, readSettings, startParts } from "./start-parts.ts";

const GIVE_UP_WITHIN_MS = 2_000;

// What packages do with Node's older functions is for their authors to change; an operator can do nothing about it.
process.noDeprecation = true;

await start().catch(endStart);

/** Starts one process that does everything, or a primary and its workers: the same address, the same responses. */
async function start(): Promise<void> {
  giveHeapRoom();
  if (cluster.isWorker) return startWorker();
  const settings = readSettings();
  return settings.workers > 1 ? startPrimary(settings) : startAlone(settings);
}

/** Wires the parts, listens, and prints the start lines. */
async function startAlone(settings: ProxySettings): Promise<void> {
  const { log, eventBus, catalogue, rules, instanceId, ledgerOptions } = startParts(settings);
  const spool = makeSpool(settings, instanceId, log);
  const ledger = startLedger({ ...ledgerOptions, spool });
  spool.handOverTo((lines, isLast) => ledger.takeHeld(lines, isLast));
  const version = productVersion();
  const { upstreamUrl } = settings;
  const own = { upstreamUrl, instanceId, processId: instanceId, worker: null, version, log };
  const telemetry = await loadTelemetry(settings.telemetry, own);
  const server = new ProxyServer({
    settings,
    catalogue,
    productVersion: version,
    instanceId,
    rules,
    ledger,
    spool,
    shared: openSharedMemory(settings, log),
    log,
    telemetry,
    shown: shownRoutes,
    eventBus,
    warmUp: loadedPins(ledger),
    areRulesKnown: () => rules.isSettled,
  });
  new Runner({ server, rules, ledger, spool, telemetry, log, hardStopMs: settings.shutdownTimeoutMs }).obeySignals();
  await followLedger(ledger, rules);
  const port = await listen(server, settings).catch(async (problem: unknown) => {
    // The database's driver aborts the process when it ends in the middle of its work.
    await ledger.stop(GIVE_UP_WITHIN_MS);
    throw problem;
  });
  server.listening(port);
  sayStarted({ settings, rules, ledger, log }, port);
}
