import { Happenings } from "../process/event-bus.ts";
import { openLog } from "../process/log.ts";
import type { Happening } from "../process/proxy-context.ts";
import { Runner } from "../process/runner.ts";
import { makeSpool, openSharedMemory, productVersion, readCatalogue, readSettings } from "../process/start-parts.ts";
import { newId } from "../request/event-id.ts";
import { shownRoutes } from "../routes/shown-routes.ts";
import { listen } from "../server/listen.ts";
import { keyGateOf } from "../server/model-deps.ts";
import { ProxyServer } from "../server/server.ts";
import { loadedPins } from "../sessions/loaded-pins.ts";
import type { FromPrimary } from "./messages.ts";
import { PrimaryLine } from "./primary-channel.ts";
import { AskedKeyGate } from "./remote-key-limiter.ts";
import { ToldLedger } from "./remote-ledger.ts";
import { ToldRules } from "./remote-rules.ts";

type Begin = Extract<FromPrimary, { kind: "begin" }>;

/**
 * One of several processes that serve the address. It carries traffic with a spool of its own; rules, keys, statistics and
 * sessions' decisions come from the primary, and when to end is the primary's word alone.
 */
export async function startWorker(): Promise<void> {
  // A service manager and Ctrl-C signal the whole group; the primary ends its workers in order.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
  const { begin, onMessage } = await beginning();
  const settings = readSettings();
  const log = openLog(settings.logLevel);
  const happenings = new Happenings();
  const catalogue = readCatalogue(settings);
  const rules = new ToldRules(begin.rules, { catalogue, log, emit: happenings.emit });
  const owner = newId("ins", Date.now());
  const spool = makeSpool(settings, owner, log);
  const crew: PrimaryLine = new PrimaryLine(begin.workers, {
    figures: (withMetrics) => server.figures(withMetrics),
    clearCache: () => server.context.cache.clear(),
  });
  crew.send({ kind: "joined", owner });
  const ledger = new ToldLedger(spool, (message) => crew.send(message));
  const shared = openSharedMemory(settings, log);
  const keyGate = new AskedKeyGate((message) => crew.send(message), keyGateOf(shared, ledger));
  spool.handOverTo((lines) => ledger.takeHeld(lines));
  const server: ProxyServer = new ProxyServer({
    settings,
    catalogue,
    productVersion: productVersion(),
    instanceId: begin.instanceId,
    startedAtMs: begin.startedAtMs,
    rules,
    ledger,
    spool,
    shared,
    keyGate,
    log,
    shown: shownRoutes,
    happenings,
    warmUp: loadedPins(ledger),
    crew,
  });
  const rulesOfPrimary = { stop: () => {}, readFileAgain: () => {} };
  const { shutdownTimeoutMs: hardStopMs } = settings;
  const runner = new Runner({ server, rules: rulesOfPrimary, ledger, spool, log, hardStopMs });
  const telling = new Telling(happenings, (happening) => crew.send({ kind: "happening", happening }));
  onMessage((message) => {
    crew.hear(message);
    if (message.kind === "heard") ledger.hear(message.message);
    if (message.kind === "held-taken") ledger.heldTaken(message.call, message.isTaken);
    if (message.kind === "looked") ledger.looked(message.call);
    if (message.kind === "key-entry") keyGate.hear(message);
    if (message.kind === "rules") rules.hear(message.rules);
    if (message.kind === "watched") telling.isWanted = message.isWatched;
    if (message.kind === "stop") void runner.stop(message.signal);
  });
  const port = await listen(server, settings);
  server.listening(port);
  crew.send({ kind: "serving", port });
}

interface Beginning {
  begin: Begin;
  /** Hands over what has arrived since, and everything from then on. */
  onMessage(listener: (message: FromPrimary) => void): void;
}

/** Asks for what it takes to begin. What arrives right behind the answer, such as the keys, is queued: Node does not queue it in a cluster. */
function beginning(): Promise<Beginning> {
  return new Promise((resolve) => {
    const queue: FromPrimary[] = [];
    let hasBegun = false;
    let deliver = (message: FromPrimary): void => void queue.push(message);
    const onMessage = (listener: (message: FromPrimary) => void) => {
      deliver = listener;
      for (const message of queue.splice(0)) listener(message);
    };
    process.on("message", (message: FromPrimary) => {
      if (hasBegun) return deliver(message);
      // Told to end before it began: nothing was served, nothing has to be written down.
      if (message.kind === "stop") process.exit(0);
      if (message.kind !== "begin") return;
      hasBegun = true;
      resolve({ begin: message, onMessage });
    });
    process.send?.({ kind: "here" });
  });
}

/** Passes on what others would show, while somebody looks. */
class Telling {
  isWanted = false;

  constructor(happenings: Happenings, tell: (happening: Happening) => void) {
    happenings.on((happening) => {
      if (this.isWanted && isShown(happening)) tell(happening);
    });
  }
}

/** Rules come to every worker by themselves; of requests that ended well only the totals are shown. */
function isShown(happening: Happening): boolean {
  if (happening.kind === "settled") return happening.event.ended === "error" || happening.event.ended === "truncated";
  return happening.kind !== "rules";
}
