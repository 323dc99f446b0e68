import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { roles } from "#core/access/roles.ts";
import { addressProblem, isAddress, readFolder, usualArchiveFolder } from "./check-folder.ts";
import {
  type Env,
  type EnvMistake,
  type EnvReader,
  readInteger,
  readOrigin,
  readSecretText,
  readText,
  readUrl,
  readZone,
  shown,
} from "./env-values.ts";
import { type AlertsEnv, readAlerts } from "./read-alerts.ts";
import { checkDataFolderName, readDatabaseUrl, readReplicaUrl } from "./read-database.ts";
import { BACKUP_PLACES, isS3Address, readS3Place, type S3Reading } from "./read-s3.ts";

/** External identity provider as configured by the operator. */
export interface OidcConfig {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Name shown on the sign-in button. */
  name: string;
  /** Role of people without an invitation; null: only existing people may sign in. Never owner. */
  defaultRole: string | null;
}

/** Credentials that callers need for model traffic; decides the instructions of the Connect page. */
interface CallerKeys {
  /** Whether only callers with a proxy key are served. */
  isRequired: boolean;
  /** Whether the operator's upstream key is used for callers with a proxy key. */
  hasOperatorKey: boolean;
}

/** Settings of the console process from its environment. It never sees the upstream key. */
export interface ConsoleEnv {
  databaseUrl: string;
  /** A streaming copy of the database, from which reports are read; null: there is none. */
  readDatabaseUrl?: string | null;
  dataDir: string;
  /** Where the archive of old events is. */
  archiveFolder: string;
  /** Days after which events are archived; 0: they are kept. */
  keepEventsDays: number;
  rulesFile: string;
  /**
   * Scheduled backups, and where backups are. A null folder is the usual one in the data folder. `bucket` is set where
   * the place is no folder.
   */
  backups: { everyHours: number; keep: number; folder: string | null; bucket: S3Reading | null };
  /** Path of a custom model catalogue, the same as the proxy's: both must price alike. */
  modelsFile?: string | null;
  /** The file that own prices are kept in; absent or null: they are saved in the console. */
  pricesFile?: string | null;
  publicUrl: string | null;
  /** Set: the operator fixed the reporting zone, and the settings page shows it as fixed. */
  reportingZone: string | null;
  isDemo: boolean;
  sessionSecret: string | null;
  oidc: OidcConfig | null;
  callerKeys: CallerKeys;
  alerts: AlertsEnv;
}

/** The environment of the console is not valid. The message has a sentence for each mistake, in a line each. */
export class EnvironmentError extends Error {
  constructor(readonly mistakes: readonly EnvMistake[]) {
    super(mistakes.map(({ message }) => message).join("\n"));
    this.name = "EnvironmentError";
  }
}

/** Finds what keeps the console from starting with this environment, each mistake in one line with its fix. */
export function findConsoleMistakes(env: Env): readonly EnvMistake[] {
  try {
    readConsoleEnv(env);
    return [];
  } catch (error) {
    if (error instanceof EnvironmentError) return error.mistakes;
    throw error;
  }
}

/** Reads the console's environment once. Throws an EnvironmentError with all mistakes. */
export function readConsoleEnv(env: Env): ConsoleEnv {
  const mistakes: EnvMistake[] = [];
  const mistake: EnvReader["mistake"] = (variable, message, isPermission = false) =>
    mistakes.push({ variable, message, isPermission });
  const reader = { env, mistake, warn: () => {} };
  const dataDir = readFolder(reader, "CCO_DATA_DIR", "data");
  const databaseUrl = readDatabaseUrl(reader, dataDir);
  const settings: ConsoleEnv = {
    databaseUrl,
    readDatabaseUrl: readReplicaUrl(reader, databaseUrl),
    dataDir,
    archiveFolder: readFolder(reader, "CCO_ARCHIVE_FOLDER", usualArchiveFolder(dataDir)),
    keepEventsDays: readInteger(reader, "CCO_KEEP_EVENTS_DAYS"),
    backups: {
      everyHours: readInteger(reader, "CCO_BACKUP_EVERY_HOURS"),
      keep: readInteger(reader, "CCO_BACKUP_KEEP"),
      ...readBackupStorage(env),
    },
    rulesFile: resolve(env.CCO_CONFIG || join("config", "model-overrides.toml")),
    pricesFile: env.CCO_PRICES_FILE ? resolve(env.CCO_PRICES_FILE) : null,
    modelsFile: env.CCO_MODELS_FILE ? resolve(env.CCO_MODELS_FILE) : null,
    publicUrl: readOrigin(reader, "CCO_PUBLIC_URL")?.origin ?? null,
    reportingZone: readZone(reader),
    isDemo: env.CCO_DEMO === "1",
    sessionSecret: readSecretText(reader, "NEXTAUTH_SECRET") ?? secretFromDataDir(dataDir),
    oidc: readOidc(reader),
    callerKeys: { isRequired: env.CCO_REQUIRE_KEY === "1", hasOperatorKey: env.CCO_HAS_OPERATOR_KEY === "1" },
    alerts: readAlerts(reader),
  };
  if (settings.databaseUrl.startsWith("file:")) checkDataFolderName(reader, dataDir);
  if (mistakes.length > 0) throw new EnvironmentError(mistakes);
  return settings;
}

/**
 * Reads the place of backups. What is wrong with a bucket, or an address that is none, is said by what needs it. Other
 * commands go without.
 */
function readBackupStorage(env: Env): Pick<ConsoleEnv["backups"], "folder" | "bucket"> {
  const place = env.CCO_BACKUP_FOLDER?.trim() || null;
  if (place !== null && isAddress(place) && !isS3Address(place))
    return { folder: place, bucket: { ok: false, problem: addressProblem("CCO_BACKUP_FOLDER", place, BACKUP_PLACES) } };
  if (place === null || !isS3Address(place)) return { folder: place === null ? null : resolve(place), bucket: null };
  return { folder: place, bucket: readS3Place(env, "CCO_BACKUP_FOLDER", place) };
}

/**
 * Reads the session secret in the data folder when no secret is configured. `cco run` creates the file (mode 600), and
 * a console started alone finds it there.
 */
function secretFromDataDir(dataDir: string): string | null {
  try {
    return readFileSync(join(dataDir, "session-secret"), "utf8").trim() || null;
  } catch {
    return null;
  }
}

function readOidc(reader: EnvReader): OidcConfig | null {
  const { env, mistake } = reader;
  const issuer = readUrl(reader, "CCO_OIDC_ISSUER");
  const defaultRole = readDefaultRole(reader);
  if (issuer === null || !env.CCO_OIDC_ISSUER) return null;
  if (!isIssuer(issuer))
    mistake(
      "CCO_OIDC_ISSUER",
      `CCO_OIDC_ISSUER must be the issuer alone, without user name, password, query and fragment; ${WELL_KNOWN} is put behind it`,
    );
  const clientId = readText(env, "CCO_OIDC_CLIENT_ID") ?? "";
  const clientSecret = readSecretText(reader, "CCO_OIDC_CLIENT_SECRET") ?? "";
  // A file that is named and cannot be read is a mistake already.
  if (clientId === "" || (clientSecret === "" && readText(env, "CCO_OIDC_CLIENT_SECRET_FILE") === null)) {
    const text = "CCO_OIDC_ISSUER also needs CCO_OIDC_CLIENT_ID and CCO_OIDC_CLIENT_SECRET (or …_FILE)";
    mistake("CCO_OIDC_ISSUER", text);
  }
  return {
    issuer: env.CCO_OIDC_ISSUER.trim().replace(/\/$/, ""),
    clientId,
    clientSecret,
    name: env.CCO_OIDC_NAME || "Single sign-on",
    defaultRole,
  };
}

const WELL_KNOWN = "/.well-known/openid-configuration";

const isIssuer = ({ href, username, password, pathname }: URL): boolean =>
  username === "" && password === "" && !/[?#]/.test(href) && !/\/\.well-known\//i.test(pathname);

const GIVEN_ROLES = roles.filter((role) => role !== "owner");

function readDefaultRole({ env, mistake }: EnvReader): string | null {
  const role = readText(env, "CCO_OIDC_DEFAULT_ROLE");
  if (role === null || GIVEN_ROLES.some((known) => known === role)) return role;
  const why = role === "owner" ? "cannot be: only owners make owners" : "is not a role";
  const message = `CCO_OIDC_DEFAULT_ROLE=${shown(role)} ${why}; use one of ${GIVEN_ROLES.join(", ")}`;
  mistake("CCO_OIDC_DEFAULT_ROLE", message);
  return null;
}
