import { accessSync, chmodSync, constants, existsSync, lstatSync, mkdirSync, readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { loadCatalogue } from "#config/models-toml.ts";
import { ownAddress, type ProxySettings, readProxyEnv } from "#config/read-env.ts";
import { ensureSessionSecret } from "#config/session-secret.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { startLedger } from "./drain.ts";
import { newId } from "./event-id.ts";
import { Happenings } from "./happenings.ts";
import { giveHeapRoom } from "./heap-room.ts";
import { loadedPins } from "./loaded-pins.ts";
import { type Log, openLog } from "./log.ts";
import { NoRules, RuleSource } from "./rule-snapshot.ts";
import { Runner } from "./runner.ts";
import { ProxyServer } from "./server.ts";
import { connectSharedMemory, NO_SHARED_MEMORY, type SharedMemory } from "./shared-memory.ts";
import { shownRoutes } from "./shown-routes.ts";
import { openSpool, type Spool } from "./spool.ts";

const EXIT = { usage: 2, rules: 3, database: 69, crash: 70, spool: 73, permission: 77, port: 98 } as const;
/** The database may be away at the start; traffic does not wait for it longer than this. */
const LEDGER_WAIT_MS = 5_000;

/** Ends a start that cannot succeed: one line for a person, one code for a script. */
class StartError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

await start().catch((problem: unknown) => {
  if (problem instanceof StartError) {
    process.stderr.write(`${problem.message}\n`);
    process.exit(problem.exitCode);
  }
  process.stderr.write(`CCO could not start: ${problem instanceof Error ? problem.message : String(problem)}\n`);
  process.exit(EXIT.crash);
});

/** Reads the settings, wires the parts, listens, says so. */
async function start(): Promise<void> {
  giveHeapRoom();
  const settings = readSettings();
  const log = openLog(settings.logLevel);
  makeDataDir(settings.dataDir);
  const happenings = new Happenings();
  const catalogue = readCatalogue(settings);
  const rules = readRules({
    ...settings,
    catalogue,
    log,
    emit: happenings.emit,
    now: Date.now,
    startedAtMs: Date.now(),
  });
  const instanceId = newId("ins", Date.now());
  const spoolDir = join(settings.dataDir, "spool");
  const spool = makeSpool(spoolDir, instanceId);
  const ledger = startLedger({
    databaseUrl: settings.databaseUrl,
    spoolDir,
    instanceId,
    reportingZone: settings.reportingZone,
    modelsFile: settings.modelsFile,
    workerUrl: new URL("./ledger-worker.mjs", import.meta.url),
    spool,
  });
  const parts = {
    settings,
    catalogue,
    productVersion: productVersion(),
    instanceId,
    rules,
    ledger,
    spool,
    shared: openSharedMemory(settings, log),
    log,
    shown: shownRoutes,
    happenings,
    warmUp: loadedPins(ledger),
  };
  const server = new ProxyServer(parts);
  new Runner({ server, rules, ledger, spool, log });
  const port = await listen(server, settings);
  server.listening(port);
  await ledgerReady(ledger.ready);
  rules.follow(ledger);
  sayStarted(parts, port);
}

function readSettings(): ProxySettings {
  const reading = readProxyEnv(process.env);
  if (reading.ok) return reading.settings;
  const { mistakes } = reading;
  const code = mistakes.every((mistake) => mistake.isPermission) ? EXIT.permission : EXIT.usage;
  throw new StartError(code, mistakes.map((mistake) => mistake.message).join("\n"));
}

function makeDataDir(dataDir: string): void {
  try {
    if (!existsSync(dataDir)) mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    chmodSync(dataDir, 0o700);
  } catch (problem) {
    const { code } = problem as NodeJS.ErrnoException;
    const isPermission = code === "EACCES" || code === "EPERM";
    throw new StartError(
      isPermission ? EXIT.permission : EXIT.spool,
      `The data folder ${dataDir} cannot be ${existsSync(dataDir) ? "written" : "made"} (${code}): name another with CCO_DATA_DIR or mend its rights.`,
    );
  }
}

function readCatalogue({ modelsFile }: ProxySettings): Catalogue {
  try {
    return modelsFile === null ? loadCatalogue() : loadCatalogue(modelsFile);
  } catch (problem) {
    throw new StartError(EXIT.rules, problem instanceof Error ? problem.message : String(problem));
  }
}

function readRules(options: ConstructorParameters<typeof RuleSource>[0]): RuleSource {
  try {
    return new RuleSource(options);
  } catch (problem) {
    if (problem instanceof NoRules) throw new StartError(EXIT.rules, problem.message);
    throw problem;
  }
}

function makeSpool(dir: string, instanceId: string): Spool {
  if (lstatSync(dir, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new StartError(
      EXIT.permission,
      `The spool ${dir} is a symbolic link, so records could be led elsewhere: put a folder in its place.`,
    );
  }
  try {
    return openSpool({ dir, instanceId });
  } catch (problem) {
    const { code } = problem as NodeJS.ErrnoException;
    const isPermission = code === "EACCES" || code === "EPERM";
    throw new StartError(
      isPermission ? EXIT.permission : EXIT.spool,
      `The spool ${dir} cannot be opened (${code ?? String(problem)}): requests could not be accounted for, so none are served.`,
    );
  }
}

function openSharedMemory({ redisUrl, installationSecret, dataDir }: ProxySettings, log: Log): SharedMemory {
  if (redisUrl === null) return NO_SHARED_MEMORY;
  return connectSharedMemory({ url: redisUrl, secret: installationSecret ?? ensureSessionSecret(dataDir), log });
}

function listen(server: ProxyServer, { host, port }: ProxySettings): Promise<number> {
  return new Promise((resolve, reject) => {
    server.http.once("error", (problem: NodeJS.ErrnoException) => reject(listenProblem(problem, host, port)));
    server.http.listen(port, host, () => resolve((server.http.address() as AddressInfo).port));
  });
}

function listenProblem(problem: NodeJS.ErrnoException, host: string, port: number): StartError {
  if (problem.code === "EADDRINUSE") {
    return new StartError(
      EXIT.port,
      `Port ${port} on ${host} is in use: stop the other program or choose another port with --port or CCO_PORT.`,
    );
  }
  if (problem.code === "EACCES") {
    return new StartError(
      EXIT.permission,
      `Port ${port} may not be opened by this user: choose one above 1023 with --port or CCO_PORT.`,
    );
  }
  return new StartError(
    EXIT.usage,
    `${host}:${port} cannot be listened on (${problem.code}): check --host or CCO_HOST.`,
  );
}

/** Waits for the database, but not for long: traffic flows without it, and what happens meanwhile is spooled. */
async function ledgerReady(ready: Promise<void>): Promise<void> {
  const late = new Promise<void>((resolve) => setTimeout(resolve, LEDGER_WAIT_MS).unref());
  try {
    await Promise.race([ready, late]);
  } catch (problem) {
    throw new StartError(EXIT.database, problem instanceof Error ? problem.message : String(problem));
  }
}

function sayStarted(
  { settings, rules, log }: { settings: ProxySettings; rules: RuleSource; log: ReturnType<typeof openLog> },
  port: number,
): void {
  const address = ownAddress(settings, port);
  const { ruleSet } = rules.current();
  log.line(`CCO started on ${address}`);
  if (settings.consoleUrl !== null) log.line(`Dashboard: ${settings.publicUrl?.origin ?? address}`);
  log.line(`Model overrides: ${ruleSet.enabled ? "enabled" : "disabled"}`);
  log.line(`Override rules loaded: ${ruleSet.rules.filter((rule) => rule.enabled).length}`);
  for (const warning of warningsOf(settings)) log.line(warning);
}

function* warningsOf(settings: ProxySettings): Generator<string> {
  if (!settings.loopback && settings.publicUrl?.protocol !== "https:") {
    yield "Warning: this address is reachable from other machines without TLS. Put a TLS front before it and set CCO_PUBLIC_URL=https://…";
  }
  if (settings.requireKey && settings.operatorKey === null) {
    yield "Note: ANTHROPIC_API_KEY is not set, so callers send their own key for the provider beside the proxy key (x-cco-key).";
  }
  if (Number(process.versions.node.split(".")[0]) < 22) {
    yield `Note: Node ${process.versions.node} no longer gets security updates; Node 22 or later is recommended.`;
  }
}

function productVersion(): string {
  try {
    const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    return version;
  } catch {
    return "unknown";
  }
}
