import cluster from "node:cluster";
import type { ProxyEvent } from "../process/event-bus.ts";
import { EventBus } from "../process/event-bus.ts";
import { openLog } from "../process/log.ts";
import { Runner } from "../process/runner.ts";
import { makeSpool, openSharedMemory, productVersion, readCatalogue, readSettings } from "../process/start-parts.ts";
import { newId } from "../request/event-id.ts";
import { shownRoutes } from "../routes/shown-routes.ts";
import { type ListeningHandle, listen, listeningHandle } from "../server/listen.ts";
import { buildKeyLimiter } from "../server/model-deps.ts";
import { ProxyServer } from "../server/server.ts";
import { loadedPins } from "../sessions/loaded-pins.ts";
import { loadTelemetry } from "../telemetry/load.ts";
import type { PrimaryToWorker } from "./messages.ts";
import { PrimaryChannel } from "./primary-channel.ts";
import { RemoteKeyLimiter } from "./remote-key-limiter.ts";
import { RemoteLedger } from "./remote-ledger.ts";
import { RemoteRules } from "./remote-rules.ts";

type Begin = Extract<PrimaryToWorker, { kind: "begin" }>;

/**
 * Starts one of several processes that serve the address. It carries traffic with a separate spool; rules, keys,
 * statistics and sessions' decisions come from the primary, which alone decides when to end. Long because it is one
 * sequence: the parts in the order in which they need each other.
 */
export async function startWorker(): Promise<void> {
  // A service manager and Ctrl-C signal the whole group; the primary ends its workers in order.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
  const { begin, shared: sharedPort, onMessage } = await waitForBegin();
  const settings = readSettings();
  const log = openLog(settings.logLevel);
  const eventBus = new EventBus();
  const catalogue = readCatalogue(settings);
  const rules = new RemoteRules(begin.rules, { catalogue, log, emit: eventBus.emit });
  const instance = newId("ins", Date.now());
  const spool = makeSpool(settings, instance, log);
  const channel: PrimaryChannel = new PrimaryChannel(begin.workers, {
    figures: (withMetrics) => server.figures(withMetrics),
    clearCache: () => server.context.cache.clear(),
  });
  channel.send({ kind: "joined", instance });
  const ledger = new RemoteLedger(spool, (message) => channel.send(message));
  const shared = openSharedMemory(settings, log);
  const keyLimiter = new RemoteKeyLimiter((message) => channel.send(message), buildKeyLimiter(shared, ledger));
  spool.handOverTo((lines, isLast) => ledger.takeHeld(lines, isLast));
  const version = productVersion();
  const telemetry = await loadTelemetry(settings.telemetry, {
    upstreamUrl: settings.upstreamUrl,
    instanceId: begin.instanceId,
    processId: instance,
    worker: cluster.worker?.id ?? null,
    version,
    log,
  });
  const server: ProxyServer = new ProxyServer({
    settings,
    catalogue,
    productVersion: version,
    instanceId: begin.instanceId,
    startedAtMs: begin.startedAtMs,
    rules,
    ledger,
    spool,
    shared,
    keyLimiter,
    log,
    telemetry,
    shown: shownRoutes,
    eventBus,
    warmUp: loadedPins(ledger),
    crew: channel,
  });
  const rulesOfPrimary = { stop: () => {}, readFileAgain: () => {} };
  const { shutdownTimeoutMs: hardStopMs } = settings;
  const runner = new Runner({
    server,
    rules: rulesOfPrimary,
    ledger,
    spool,
    telemetry,
    log,
    hardStopMs,
    isWorker: true,
  });
  const forwarder = new EventForwarder(eventBus, (proxyEvent) => channel.send({ kind: "event", proxyEvent }));
  onMessage((message) => {
    channel.receive(message);
    if (message.kind === "ledger-event") ledger.receive(message.message);
    if (message.kind === "held-taken") ledger.heldTaken(message.call, message.isTaken);
    if (message.kind === "looked") ledger.looked(message.call);
    if (message.kind === "key-entry") keyLimiter.receive(message);
    if (message.kind === "rules") rules.receive(message.rules);
    if (message.kind === "watched") forwarder.isWanted = message.isWatched;
    if (message.kind === "stop") void runner.stop(message.signal);
  });
  const port = await listen(server, settings, sharedPort);
  server.listening(port);
  channel.send({ kind: "serving", port }, sharedPort === null ? listeningHandle(server) : null);
}

interface Begun {
  begin: Begin;
  /** The socket the other workers listen on; null for the first worker, which opens it. */
  shared: ListeningHandle | null;
  /** Delivers the messages queued since, and all later ones. */
  onMessage(listener: (message: PrimaryToWorker) => void): void;
}

/**
 * Asks the primary for the start parameters. Messages right behind its answer, such as the keys, are queued: Node does
 * not queue them in a cluster.
 */
function waitForBegin(): Promise<Begun> {
  return new Promise((resolve) => {
    const queue: PrimaryToWorker[] = [];
    let hasBegun = false;
    let deliver = (message: PrimaryToWorker): void => void queue.push(message);
    const onMessage = (listener: (message: PrimaryToWorker) => void) => {
      deliver = listener;
      for (const message of queue.splice(0)) listener(message);
    };
    process.on("message", (message: PrimaryToWorker, shared: ListeningHandle | undefined) => {
      if (hasBegun) return deliver(message);
      // Stopped before it began: nothing was served, nothing has to be written down.
      if (message.kind === "stop") process.exit(0);
      if (message.kind !== "begin") return;
      hasBegun = true;
      resolve({ begin: message, shared: shared ?? null, onMessage });
    });
    process.send?.({ kind: "here" });
  });
}

/** Forwards events to the other workers while one of them has a viewer. */
class EventForwarder {
  isWanted = false;

  constructor(eventBus: EventBus, forward: (proxyEvent: ProxyEvent) => void) {
    eventBus.on((proxyEvent) => {
      if (this.isWanted && isShown(proxyEvent)) forward(proxyEvent);
    });
  }
}

/**
 * Whether others show an event. Each worker receives rules separately; of requests that ended well only the totals are
 * shown.
 */
function isShown(proxyEvent: ProxyEvent): boolean {
  if (proxyEvent.kind === "settled")
    return proxyEvent.event.ended === "error" || proxyEvent.event.ended === "truncated";
  return proxyEvent.kind !== "rules";
}
