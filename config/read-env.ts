import { resolve } from "node:path";
import { withoutPort } from "#core/access/counted-address.ts";
import { addressProblem, checkFolder, isAddress, readFolder, usualArchiveFolder } from "./check-folder.ts";
import {
  type Env,
  type EnvMistake,
  type EnvReader,
  readHosts,
  readInteger,
  readOrigin,
  readSecret,
  readSwitch,
  readText,
  readUrl,
  readZone,
  shown,
} from "./env-values.ts";
import { findHostMistake, readListenHost } from "./listener-address.ts";
import { isLoopbackHost } from "./loopback.ts";
import { checkDataFolderName, readDatabaseUrl } from "./read-database.ts";
import { BACKUP_PLACES, isS3Address, readS3Settings } from "./read-s3.ts";
import { readTelemetry, type TelemetrySettings } from "./read-telemetry.ts";
import { readTrustedProxies, type TrustedProxies } from "./trusted-proxies.ts";

/** Settings of the proxy process from its environment, parsed once. Nothing else in the proxy reads `process.env`. */
export interface ProxySettings {
  port: number;
  host: string;
  /** Whether every address the proxy listens on is a loopback address. */
  loopback: boolean;
  rulesFile: string;
  dataDir: string;
  databaseUrl: string;
  /** Fixed by the operator; no request can change it. Path prefix allowed, no credentials, no query. */
  upstreamUrl: URL;
  /** Upstream key used for callers with a proxy key. Never logged, never passed to the console. */
  operatorKey: string | null;
  requireKey: boolean;
  /**
   * The same for requests that came through a front proxy; wanted on every address unless `CCO_REQUIRE_KEY=0` says
   * otherwise.
   */
  requireForwardedKey: boolean;
  /**
   * Whether every name that is served, and the address, can be reached from this machine only. A front proxy brings
   * another name.
   */
  isOwnMachineOnly: boolean;
  publicUrl: URL | null;
  /** Host names served besides this machine's and the public one: lower case, without port. */
  allowedHosts: readonly string[];
  /** Peers whose `X-Forwarded-*` headers are trusted. */
  trustedProxies: TrustedProxies;
  /** Null: the zone in the database's settings, else UTC. */
  reportingZone: string | null;
  logLevel: LogLevel;
  consoleUrl: URL | null;
  workers: number;
  /** Time after a signal to stop at which open requests are aborted. */
  shutdownTimeoutMs: number;
  /** Address of the shared memory of several instances; may contain a password. */
  redisUrl: string | null;
  /**
   * Secret that seals shared data (equal on all instances) and the state for a start without the database. Null: the
   * one in the data folder.
   */
  installationSecret: string | null;
  modelsFile: string | null;
  /** The file that own prices are kept in; null: they are saved in the console. */
  pricesFile: string | null;
  /** Maximum spool size per process while the database is unavailable. */
  spoolMaxMb: number;
  /**
   * Backups that `cco run` makes: how often (0: none), how many are left, and where. The place is a folder or a bucket,
   * unless in the data folder.
   */
  backups: { everyHours: number; keep: number; folder: string | null };
  /** Days after which `cco run` archives events and deletes them in the database; 0: never. */
  keepEventsDays: number;
  archiveFolder: string;
  metricsToken: string | null;
  /** Where traces and metrics are sent; null: nowhere. */
  telemetry: TelemetrySettings | null;
  /** Whether each request leaves a line in the log. */
  logsRequests: boolean;
  /** Set by the development server only: allows the console's hot-reload socket. */
  development: boolean;
  /** Logged at the start: works, but should be changed. */
  warnings: readonly string[];
}

export type LogLevel = "error" | "warn" | "info" | "debug" | "silent";

/** The settings, or every mistake that stands in their way. */
export type EnvReading = { ok: true; settings: ProxySettings } | { ok: false; mistakes: EnvMistake[] };

const LOG_LEVELS: readonly LogLevel[] = ["error", "warn", "info", "debug", "silent"];

/**
 * Reads the proxy's settings. Reports all errors at once, each in one line with its fix. Long because it is one list:
 * each variable in one line, and the checks between two of them.
 */
export function readProxyEnv(env: Env): EnvReading {
  const mistakes: EnvMistake[] = [];
  const mistake = (variable: string, message: string, isPermission = false) =>
    mistakes.push({ variable, message, isPermission });
  const warnings: string[] = [];
  const reader = { env, mistake, warn: (line: string) => warnings.push(line) };

  const host = readListenHost(env);
  const hostMistake = findHostMistake(host);
  if (hostMistake !== null) mistake("CCO_HOST", hostMistake);
  const loopback = isLoopbackHost(host);
  const dataDir = readFolder(reader, "CCO_DATA_DIR", "data");
  const operatorKey = readSecret(reader, "ANTHROPIC_API_KEY");
  const redisUrl = readRedisUrl(reader);
  const publicUrl = readOrigin(reader, "CCO_PUBLIC_URL");
  const allowedHosts = readHosts(reader, "CCO_ALLOWED_HOSTS");
  const names = [host, ...(publicUrl === null ? [] : [publicUrl.hostname]), ...allowedHosts.map(withoutPort)];
  const outside = names.find((name) => !isLoopbackHost(name));
  const keySwitch = readSwitch(reader, "CCO_REQUIRE_KEY");
  const requireKey = keySwitch ?? outside !== undefined;
  if (!loopback && operatorKey !== null && !requireKey) {
    mistake(
      "CCO_REQUIRE_KEY",
      `CCO_REQUIRE_KEY=0 with CCO_HOST=${host} and ANTHROPIC_API_KEY set would let everyone on the network use your API key: set CCO_REQUIRE_KEY=1, or listen on 127.0.0.1, or unset ANTHROPIC_API_KEY`,
    );
  }
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === "0") {
    mistake(
      "NODE_TLS_REJECT_UNAUTHORIZED",
      "NODE_TLS_REJECT_UNAUTHORIZED=0 disables certificate checks for model traffic: unset it and set NODE_EXTRA_CA_CERTS to your own certificate authority",
    );
  }
  const settings: ProxySettings = {
    port: readInteger(reader, "CCO_PORT"),
    host,
    loopback,
    rulesFile: resolve(readText(env, "CCO_CONFIG") ?? "config/model-overrides.toml"),
    dataDir,
    databaseUrl: readDatabaseUrl(reader, dataDir),
    upstreamUrl: readUpstream(reader),
    operatorKey,
    requireKey,
    requireForwardedKey: keySwitch ?? true,
    isOwnMachineOnly: outside === undefined,
    publicUrl,
    allowedHosts,
    trustedProxies: readTrustedProxies(reader),
    reportingZone: readZone(reader),
    logLevel: readLogLevel(reader),
    consoleUrl: readOrigin(reader, "CCO_CONSOLE_URL"),
    workers: readInteger(reader, "CCO_WORKERS"),
    shutdownTimeoutMs: readInteger(reader, "CCO_SHUTDOWN_SECONDS") * 1000,
    redisUrl,
    installationSecret: readSecret(reader, "NEXTAUTH_SECRET"),
    modelsFile: readText(env, "CCO_MODELS_FILE"),
    pricesFile: readText(env, "CCO_PRICES_FILE"),
    spoolMaxMb: readInteger(reader, "CCO_SPOOL_MAX_MB"),
    metricsToken: readSecret(reader, "CCO_METRICS_TOKEN"),
    telemetry: readTelemetry(reader),
    logsRequests: readSwitch(reader, "CCO_LOG_REQUESTS") ?? false,
    backups: {
      everyHours: readInteger(reader, "CCO_BACKUP_EVERY_HOURS"),
      keep: readInteger(reader, "CCO_BACKUP_KEEP"),
      folder: readText(env, "CCO_BACKUP_FOLDER"),
    },
    keepEventsDays: readInteger(reader, "CCO_KEEP_EVENTS_DAYS"),
    archiveFolder: readFolder(reader, "CCO_ARCHIVE_FOLDER", usualArchiveFolder(dataDir)),
    development: env.NODE_ENV === "development",
    warnings,
  };
  // Read by the command that makes backups: here a mistake is said at the start, not by the first night.
  const { folder } = settings.backups;
  if (folder !== null && isS3Address(folder)) readS3Settings(reader, "CCO_BACKUP_FOLDER", folder);
  else if (folder !== null && isAddress(folder))
    mistake("CCO_BACKUP_FOLDER", addressProblem("CCO_BACKUP_FOLDER", folder, BACKUP_PLACES));
  else if (folder !== null && settings.backups.everyHours > 0)
    checkFolder(reader, "CCO_BACKUP_FOLDER", resolve(folder));
  const archive = readText(env, "CCO_ARCHIVE_FOLDER");
  if (settings.keepEventsDays > 0 && archive !== null && !isAddress(archive))
    checkFolder(reader, "CCO_ARCHIVE_FOLDER", settings.archiveFolder);
  // Also beside another database: the spool is in it.
  checkDataFolderName(reader, dataDir);
  return mistakes.length === 0 ? { ok: true, settings } : { ok: false, mistakes };
}

function readUpstream(reader: EnvReader): URL {
  const url = readUrl(reader, "CCO_UPSTREAM_URL") ?? new URL("https://api.anthropic.com");
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    reader.mistake("CCO_UPSTREAM_URL", "CCO_UPSTREAM_URL must not contain a user name, password, query or fragment");
  }
  if (url.protocol === "http:" && !isLoopbackHost(url.hostname) && reader.env.CCO_UPSTREAM_INSECURE !== "1") {
    reader.mistake(
      "CCO_UPSTREAM_URL",
      `CCO_UPSTREAM_URL=${url.origin} would send keys and prompts in plain text: use https://, or set CCO_UPSTREAM_INSECURE=1 on a network you trust`,
    );
  }
  return url;
}

/** The value is never shown: it may contain a password. */
function readRedisUrl(reader: EnvReader): string | null {
  const value = readSecret(reader, "CCO_REDIS_URL");
  const problem = value === null ? null : findRedisProblem(value);
  if (problem === null) return value;
  reader.mistake("CCO_REDIS_URL", problem);
  return null;
}

/**
 * Says what in an address the client of Redis would fail on, or take for something else. It asks for any database that
 * the path names, on every connection, and decodes name and password.
 */
function findRedisProblem(value: string): string | null {
  const example = "such as redis://:password@redis.example.com:6379/0";
  if (!/^rediss?:/.test(value) || !URL.canParse(value)) return `CCO_REDIS_URL must be an address ${example}`;
  const { host, pathname, search, hash, username, password } = new URL(value);
  if (host === "") return `CCO_REDIS_URL must be an address ${example}`;
  if (!/^\/?$|^\/\d{1,5}$/.test(pathname) || search + hash !== "")
    return `CCO_REDIS_URL may have the number of a database behind its host, and nothing else: ${example}`;
  if (isDecodable(username) && isDecodable(password)) return null;
  return "CCO_REDIS_URL has a % in its name or password that begins no escape: write %25 for it";
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function readLogLevel({ env, mistake }: EnvReader): LogLevel {
  const value = readText(env, "CCO_LOG_LEVEL") ?? "info";
  const level = LOG_LEVELS.find((known) => known === value);
  if (level !== undefined) return level;
  mistake("CCO_LOG_LEVEL", `CCO_LOG_LEVEL=${shown(value)} must be one of ${LOG_LEVELS.join(", ")}`);
  return "info";
}
