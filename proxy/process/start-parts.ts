import { accessSync, chmodSync, constants, existsSync, lstatSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { keptStateFile } from "#config/kept-state-file.ts";
import { loadCatalogue } from "#config/models-toml.ts";
import { type ProxySettings, readProxyEnv } from "#config/read-env.ts";
import { ensureSessionSecret } from "#config/session-secret.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { exitCodes } from "#core/exit-codes.ts";
import type { KeptPlace } from "../ledger/messages.ts";
import { NoRules, RuleSource } from "../rules/active-rules.ts";
import { connectSharedMemory, NO_SHARED_MEMORY, type SharedMemory } from "../shared-memory/shared-memory.ts";
import { openSpool } from "../spool/open-spool.ts";
import type { Spool, SpoolBacklog, SpoolState } from "../spool/spool.ts";
import type { Log } from "./log.ts";
import { StartError } from "./start-error.ts";

export function readSettings(): ProxySettings {
  const reading = readProxyEnv(process.env);
  if (reading.ok) return reading.settings;
  const { mistakes } = reading;
  const code = mistakes.every((mistake) => mistake.isPermission) ? exitCodes.permissions : exitCodes.usage;
  throw new StartError(code, mistakes.map((mistake) => mistake.message).join("\n"));
}

export function makeDataDir(dataDir: string): void {
  try {
    if (!existsSync(dataDir)) mkdirSync(dataDir, { recursive: true, mode: 0o700 });
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

export function readCatalogue({ modelsFile }: ProxySettings): Catalogue {
  try {
    return modelsFile === null ? loadCatalogue() : loadCatalogue(modelsFile);
  } catch (problem) {
    throw new StartError(exitCodes.invalidConfig, problem instanceof Error ? problem.message : String(problem));
  }
}

export function readRules(options: ConstructorParameters<typeof RuleSource>[0]): RuleSource {
  try {
    return new RuleSource(options);
  } catch (problem) {
    if (problem instanceof NoRules) throw new StartError(exitCodes.invalidConfig, problem.message);
    throw problem;
  }
}

export function makeSpool({ dataDir, spoolMaxMb }: ProxySettings, instanceId: string, log: Log): Spool {
  const dir = join(dataDir, "spool");
  if (lstatSync(dir, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new StartError(
      exitCodes.permissions,
      `The spool ${dir} is a symbolic link, so records could be led elsewhere: put a folder in its place.`,
    );
  }
  try {
    const backlogBytesMax = spoolMaxMb * 1024 * 1024;
    return openSpool({ dir, instanceId, backlogBytesMax, onState: (backlog) => saySpoolState(backlog, log) });
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
export function keptPlace({ installationSecret, dataDir }: ProxySettings): KeptPlace {
  return { file: keptStateFile(dataDir), secret: installationSecret ?? ensureSessionSecret(dataDir) };
}

export function openSharedMemory({ redisUrl, installationSecret, dataDir }: ProxySettings, log: Log): SharedMemory {
  if (redisUrl === null) return NO_SHARED_MEMORY;
  return connectSharedMemory({ url: redisUrl, secret: installationSecret ?? ensureSessionSecret(dataDir), log });
}

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
