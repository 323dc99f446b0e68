import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadCatalogue } from "#config/models-toml.ts";
import { readProxyEnv } from "#config/read-env.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import type { FastPathWaits } from "#proxy/http1/fast-connection.ts";
import type { KeyLimiter } from "#proxy/keys/key-limiter.ts";
import type { ControlState, LedgerClient } from "#proxy/ledger/client/ledger-client.ts";
import { emptyStats } from "#proxy/ledger/stats.ts";
import type { ProxyEvent } from "#proxy/process/event-bus.ts";
import { EventBus } from "#proxy/process/event-bus.ts";
import { openLog } from "#proxy/process/log.ts";
import { shownRoutes } from "#proxy/routes/shown-routes.ts";
import { RuleSource } from "#proxy/rules/active-rules.ts";
import { ProxyServer } from "#proxy/server/server.ts";
import { NO_SHARED_MEMORY, type SharedMemory } from "#proxy/shared-memory/shared-memory.ts";
import type { OpenRecord } from "#proxy/spool/records.ts";
import type { Spool } from "#proxy/spool/spool.ts";
import type { UpstreamTimeouts } from "#proxy/upstream/client.ts";

/** The proxy inside the test's own process, with a spool that only remembers: for thousands of requests in a second. */
export interface ProxyInProcess {
  url: string;
  port: number;
  server: ProxyServer;
  opened: OpenRecord[];
  started: string[];
  closed: RequestEvent[];
  /** Events sent to listeners, in order. */
  sent: ProxyEvent[];
  writeRules(toml: string): void;
  end(): Promise<void>;
}

export interface InProcessOptions {
  upstreamUrl: string;
  rules: string;
  env?: Record<string, string>;
  state?: ControlState | null;
  timeouts?: UpstreamTimeouts;
  pingAfterMs?: number;
  stalledMs?: number;
  callerWaits?: FastPathWaits;
  shared?: SharedMemory;
  keyLimiter?: KeyLimiter;
  catalogue?: Catalogue;
  now?: () => number;
  warmUp?: Promise<void>;
  bodyBytesMax?: number;
  /** In place of a ledger whose database is always there. */
  ledger?: Partial<LedgerClient>;
  /** A real one, instead of the one that only remembers. */
  spool?: Spool;
}

/** Long because it wires all parts, in the order in which they need each other. */
export async function startProxyInProcess(options: InProcessOptions): Promise<ProxyInProcess> {
  const folder = mkdtempSync(join(tmpdir(), "cco-in-process-"));
  const rulesFile = join(folder, "rules.toml");
  writeFileSync(rulesFile, options.rules);
  const reading = readProxyEnv({
    CCO_PORT: "0",
    CCO_CONFIG: rulesFile,
    CCO_DATA_DIR: folder,
    CCO_UPSTREAM_URL: options.upstreamUrl,
    ...options.env,
  });
  if (!reading.ok) throw new Error(reading.mistakes.map(({ message }) => message).join("\n"));
  const { settings } = reading;
  const eventBus = new EventBus();
  const sent: ProxyEvent[] = [];
  eventBus.on((proxyEvent) => sent.push(proxyEvent));
  const catalogue = options.catalogue ?? loadCatalogue();
  const log = openLog("silent");
  const memory = rememberingSpool();
  const rules = new RuleSource({
    rulesFile,
    dataDir: folder,
    catalogue,
    log,
    emit: eventBus.emit,
    now: Date.now,
    startedAtMs: Date.now(),
  });
  const { timeouts, pingAfterMs, stalledMs, callerWaits, keyLimiter, bodyBytesMax, state = null } = options;
  const ledger = { ...standingLedger(state), ...options.ledger };
  const server = new ProxyServer({
    settings,
    catalogue,
    productVersion: "test",
    instanceId: "ins_test",
    rules,
    ledger,
    spool: options.spool ?? memory.spool,
    shared: options.shared ?? NO_SHARED_MEMORY,
    log,
    shown: shownRoutes,
    eventBus,
    ...(options.warmUp === undefined ? {} : { warmUp: options.warmUp }),
    timeouts,
    pingAfterMs,
    stalledMs,
    callerWaits,
    keyLimiter,
    now: options.now,
    bodyBytesMax,
  });
  await new Promise<void>((resolve) => server.http.listen(0, "127.0.0.1", resolve));
  const { port } = server.http.address() as AddressInfo;
  server.listening(port);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    server,
    opened: memory.opened,
    started: memory.started,
    closed: memory.closed,
    sent,
    writeRules: (toml) => writeFileSync(rulesFile, toml),
    async end() {
      server.http.close();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function rememberingSpool() {
  const opened: OpenRecord[] = [];
  const started: string[] = [];
  const closed: RequestEvent[] = [];
  const spool: Spool = {
    open: (record) => void opened.push(record),
    openInTurn: async (record) => void opened.push(record),
    started: ({ id }) => void started.push(id),
    close: (event) => void closed.push(event),
    closeInTurn: async (event) => void closed.push(event),
    backlog: () => ({ bytes: 0, oldestMs: null, dropped: 0, state: "ok" }),
    sync: async () => {},
    noteDrained: () => {},
    handOverTo: () => {},
    end: async () => {},
  };
  return { spool, opened, started, closed };
}

function standingLedger(state: ControlState | null): LedgerClient {
  return {
    state: () => state,
    onState: () => () => {},
    // An empty database that has been read.
    stats: () => ({ ...emptyStats(), asOfMs: Date.now() }),
    onStats: () => () => {},
    ingestRulesFile: async () => ({ version: 1, changed: false }),
    reportInstance: () => {},
    lookAgain: async () => {},
    noteKeyUse: () => {},
    keepPin: () => {},
    onPins: () => () => {},
    onCommitted: () => () => {},
    onSpending: () => () => {},
    onUnrecorded: () => () => {},
    reportCache: () => {},
    reportArrivals: () => {},
    purgeCache: () => {},
    ready: Promise.resolve(),
    stop: async () => {},
    problem: () => null,
    outage: () => null,
    onOutage: () => () => {},
    areKeysKnown: () => true,
    keysAsOfMs: () => null,
    isFromDisk: () => false,
    poisoned: () => 0,
    takeHeld: async () => false,
    leftBehind: () => ({ bytes: 0, oldestMs: null }),
  };
}
