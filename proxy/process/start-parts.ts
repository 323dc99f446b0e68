import { accessSync, chmodSync, constants, existsSync, lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { keptStateFile } from "#config/kept-state-file.ts";
import { loadCatalogue } from "#config/models-toml.ts";
import { type ProxySettings, readProxyEnv } from "#config/read-env.ts";
import { ensureSessionSecret } from "#config/session-secret.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { makeFolder } from "#store/make-folder.ts";
import type { KeptFile } from "../ledger/messages.ts";
import { newId } from "../request/event-id.ts";
import { RuleSource } from "../rules/active-rules.ts";
import { NoRules } from "../rules/first-rules.ts";
import { connectSharedMemory, NO_SHARED_MEMORY, type SharedMemory } from "../shared-memory/shared-memory.ts";
import { holdFolder, openSpool } from "../spool/open-spool.ts";
import type { Spool, SpoolBacklog, SpoolState } from "../spool/spool.ts";
import { checkProvider } from "../upstream/check-provider.ts";
import { EventBus } from "./event-bus.ts";
import { type Log, openLog } from "./log.ts";
import { StartError } from "./start-error.ts";

/** The bundle of the ledger's thread, beside the bundle of this file. */
const LEDGER_WORKER = new URL("./ledger-worker.mjs", import.meta.url);

/**
 * Makes the parts of a process that reads the rules file and runs the ledger's thread. Such a process begins with them;
 * it serves alone, or is a primary. `ledgerOptions` lack only what each of the two adds. Throws StartError with the
 * message to show.
 */
export function startParts(settings: ProxySettings) {
  const log = openLog(settings.logLevel);
  makeDataDir(settings.dataDir);
  const eventBus = new EventBus();
  const catalogue = readCatalogue(settings);
  const startedAtMs = Date.now();
  const rules = readRules({ ...settings, catalogue, log, emit: eventBus.emit, now: Date.now, startedAtMs });
  const instanceId = newId("ins", startedAtMs);
  const ledgerOptions = {
    databaseUrl: settings.databaseUrl,
    spoolDir: toSpoolDir(settings),
    instanceId,
    reportingZone: settings.reportingZone,
    modelsFile: settings.modelsFile,
    pricesFile: settings.pricesFile,
    kept: readKeptFile(settings),
    workerUrl: LEDGER_WORKER,
    reportPricesFile: (problem: string | null) =>
      log.line(problem === null ? "The price file can be read again." : `${problem} The last good prices go on.`),
    checkProvider: () => checkProvider(settings, rules.current().prices),
  };
  return { log, eventBus, catalogue, startedAtMs, rules, instanceId, ledgerOptions };
}

/** Reads the proxy's settings from the environment. Throws `StartError` with one line per mistake. */
export function readSettings(): ProxySettings {
  const reading = readProxyEnv(process.env);
  if (reading.ok) return reading.settings;
  const { mistakes } = reading;
  const code = mistakes.every((mistake) => mistake.isPermission) ? exitCodes.permissions : exitCodes.usage;
  throw new StartError(code, mistakes.map((mistake) => mistake.message).join("\n"));
}

function makeDataDir(dataDir: string): void {
  try {
    makeFolder(dataDir);
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    chmodSync(dataDir, 0o700);
  } catch (problem) {
    const { code } = problem as NodeJS.ErrnoException;
    const isPermission = code === "EACCES" || code === "EPERM";
    throw new StartError(
      isPermission ? exitCodes.permissions : exitCodes.cannotCreate,
      `Cannot ${existsSync(dataDir) ? "write" : "create"} data directory ${dataDir} (${code}). Fix its permissions or set CCO_DATA_DIR.`,
    );
  }
}

/** Loads the list of models and prices. Throws `StartError` where the file named in the settings cannot be used. */
export function readCatalogue({ modelsFile }: ProxySettings): Catalogue {
  try {
    return modelsFile === null ? loadCatalogue() : loadCatalogue(modelsFile);
  } catch (problem) {
    throw new StartError(exitCodes.invalidConfig, problem instanceof Error ? problem.message : String(problem));
  }
}

function readRules(options: ConstructorParameters<typeof RuleSource>[0]): RuleSource {
  try {
    return new RuleSource(options);
  } catch (problem) {
    if (problem instanceof NoRules) throw new StartError(exitCodes.invalidConfig, problem.message);
    throw problem;
  }
}

const toSpoolDir = ({ dataDir }: ProxySettings): string => join(dataDir, "spool");

export function makeSpool(settings: ProxySettings, instanceId: string, log: Log): Spool {
  const backlogBytesMax = settings.spoolMaxMb * 1024 * 1024;
  const onState = (backlog: SpoolBacklog) => saySpoolState(backlog, log);
  return inSpoolFolder(settings, (dir) => openSpool({ dir, instanceId, backlogBytesMax, onState }));
}

/** For a process without requests: its folder stays when it is killed, so that its successor signs it off. */
export const holdSpoolFolder = (settings: ProxySettings, instanceId: string): { release(): void } =>
  inSpoolFolder(settings, (dir) => holdFolder(dir, instanceId));

function inSpoolFolder<T>(settings: ProxySettings, open: (dir: string) => T): T {
  const dir = toSpoolDir(settings);
  if (lstatSync(dir, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new StartError(
      exitCodes.permissions,
      `The spool ${dir} is a symbolic link, so records could be led elsewhere: put a folder in its place.`,
    );
  }
  try {
    return open(dir);
  } catch (problem) {
    const { code } = problem as NodeJS.ErrnoException;
    const isPermission = code === "EACCES" || code === "EPERM";
    throw new StartError(
      isPermission ? exitCodes.permissions : exitCodes.cannotCreate,
      `The spool ${dir} cannot be opened (${code ?? String(problem)}): requests could not be accounted for, so none are served.`,
    );
  }
}

const spoolTrouble: Record<Exclude<SpoolState, "ok">, string> = {
  "disk-full": "the disk of the spool is full: records wait in memory, and are lost when there are more than it holds",
  "backlog-full":
    "the database has been away for too long: records wait in memory, and are lost when there are more than it holds",
  failing: "the disk refuses what the spool writes: records go to a new file, or wait in memory",
};

/** Warnings about the spool: a person has to free space, or look at the disk. Traffic is served in the meantime. */
function saySpoolState({ state, bytes, dropped }: SpoolBacklog, log: Log): void {
  if (state === "ok") log.info({ dropped }, "the spool can be written again");
  else log.error({ bytes, dropped }, spoolTrouble[state]);
}

/** Where the last good rules, keys and limits are kept, and the secret that seals them. */
function readKeptFile({ installationSecret, dataDir }: ProxySettings): KeptFile {
  return { file: keptStateFile(dataDir), secret: installationSecret ?? ensureSessionSecret(dataDir) };
}

export function openSharedMemory({ redisUrl, installationSecret, dataDir }: ProxySettings, log: Log): SharedMemory {
  if (redisUrl === null) return NO_SHARED_MEMORY;
  return connectSharedMemory({ url: redisUrl, secret: installationSecret ?? ensureSessionSecret(dataDir), log });
}

/** Reads this product's version from its package.json; "unknown" where that is not there. */
export function productVersion(): string {
  try {
    const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    return version;
  } catch {
    return "unknown";
  }
}
