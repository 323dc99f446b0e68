import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readInteger } from "./env-values.ts";
import { isS3Address, readS3Place, type S3Reading } from "./read-s3.ts";
import { readSecretFile } from "./secret-file.ts";

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

/** How alerts leave the installation. */
interface AlertsEnv {
  /** Mail server with its user and password; null: none, and e-mail channels say so. */
  smtpUrl: string | null;
  smtpFrom: string;
  /** Hosts of a private network that webhooks may be sent to, in lower case. */
  hosts: readonly string[];
}

/** Settings of the console process from its environment. It never sees the upstream key. */
export interface ConsoleEnv {
  databaseUrl: string;
  dataDir: string;
  /** Where the archive of old events is. */
  archiveFolder: string;
  /** Days after which events are archived; 0: they are kept. */
  keepEventsDays: number;
  rulesFile: string;
  /** Scheduled backups, and where backups are; a null folder is the usual one in the data folder, `bucket` is set where it is none. */
  backups: { everyHours: number; keep: number; folder: string | null; bucket: S3Reading | null };
  /** Path of a custom model catalogue, the same as the proxy's: both must price alike. */
  modelsFile?: string | null;
  publicUrl: string | null;
  /** Set: the operator fixed the reporting zone, and the settings page shows it as fixed. */
  reportingZone: string | null;
  isDemo: boolean;
  sessionSecret: string | null;
  oidc: OidcConfig | null;
  callerKeys: CallerKeys;
  alerts: AlertsEnv;
}

type Env = Record<string, string | undefined>;

const fail = (_name: string, text: string): never => {
  throw new Error(text);
};

/** Reads the console's environment once. Throws one plain sentence per error. */
export function readConsoleEnv(env: Env): ConsoleEnv {
  const dataDir = resolve(env.CCO_DATA_DIR || "data");
  const reader = { env, mistake: fail, warn: () => {} };
  return {
    databaseUrl: readSecret(env, "DATABASE_URL") ?? `file:${join(dataDir, "cco.db")}`,
    dataDir,
    archiveFolder: resolve(env.CCO_ARCHIVE_FOLDER || join(dataDir, "archive")),
    keepEventsDays: readInteger(reader, "CCO_KEEP_EVENTS_DAYS"),
    backups: {
      everyHours: readInteger(reader, "CCO_BACKUP_EVERY_HOURS"),
      keep: readInteger(reader, "CCO_BACKUP_KEEP"),
      ...readBackupPlace(env),
    },
    rulesFile: resolve(env.CCO_CONFIG || join("config", "model-overrides.toml")),
    modelsFile: env.CCO_MODELS_FILE ? resolve(env.CCO_MODELS_FILE) : null,
    publicUrl: publicUrlOf(env.CCO_PUBLIC_URL),
    reportingZone: env.CCO_REPORTING_TZ || null,
    isDemo: env.CCO_DEMO === "1",
    sessionSecret: readSecret(env, "NEXTAUTH_SECRET") ?? secretFromDataDir(dataDir),
    oidc: readOidc(env),
    callerKeys: { isRequired: env.CCO_REQUIRE_KEY === "1", hasOperatorKey: env.CCO_HAS_OPERATOR_KEY === "1" },
    alerts: readAlerts(env),
  };
}

/** What is wrong with a bucket is said by what needs it: other commands go without. */
function readBackupPlace(env: Env): Pick<ConsoleEnv["backups"], "folder" | "bucket"> {
  const place = env.CCO_BACKUP_FOLDER?.trim() || null;
  if (place === null || !isS3Address(place)) return { folder: place === null ? null : resolve(place), bucket: null };
  return { folder: place, bucket: readS3Place(env, "CCO_BACKUP_FOLDER", place) };
}

function publicUrlOf(text: string | undefined): string | null {
  if (!text) return null;
  try {
    return new URL(text).origin;
  } catch {
    throw new Error(`CCO_PUBLIC_URL is not an address: ${text}. Example: https://cco.example.com`);
  }
}

/** Reads a secret by value, or from the file named in `<NAME>_FILE`. */
function readSecret(env: Env, name: string): string | null {
  if (env[name]) return env[name];
  const path = env[`${name}_FILE`];
  if (!path) return null;
  const read = readSecretFile(path, `${name}_FILE`);
  if (!read.ok) throw new Error(read.message);
  return read.value;
}

/**
 * Reads the file that `cco run` creates (mode 600) when no secret is configured; a console started alone finds it
 * there.
 */
function secretFromDataDir(dataDir: string): string | null {
  try {
    return readFileSync(join(dataDir, "session-secret"), "utf8").trim() || null;
  } catch {
    return null;
  }
}

function readOidc(env: Env): OidcConfig | null {
  if (!env.CCO_OIDC_ISSUER) return null;
  const clientId = env.CCO_OIDC_CLIENT_ID;
  const clientSecret = readSecret(env, "CCO_OIDC_CLIENT_SECRET");
  if (!clientId || !clientSecret) {
    throw new Error("CCO_OIDC_ISSUER also needs CCO_OIDC_CLIENT_ID and CCO_OIDC_CLIENT_SECRET (or …_FILE).");
  }
  const defaultRole = env.CCO_OIDC_DEFAULT_ROLE || null;
  if (defaultRole === "owner") throw new Error("CCO_OIDC_DEFAULT_ROLE cannot be owner: only owners make owners.");
  const issuer = env.CCO_OIDC_ISSUER.replace(/\/$/, "");
  return { issuer, clientId, clientSecret, name: env.CCO_OIDC_NAME || "Single sign-on", defaultRole };
}

function readAlerts(env: Env): AlertsEnv {
  const smtpUrl = readSecret(env, "CCO_SMTP_URL");
  if (smtpUrl !== null && !/^smtps?:\/\/[^/\s]+/.test(smtpUrl))
    throw new Error(
      "CCO_SMTP_URL is not the address of a mail server. Example: smtp://user:password@mail.example.com:587",
    );
  const smtpFrom = env.CCO_SMTP_FROM || "";
  if (smtpUrl !== null && !/^[^\r\n]*@[^\s@]+$/.test(smtpFrom))
    throw new Error("CCO_SMTP_URL also needs CCO_SMTP_FROM. Example: CCO <cco@example.com>");
  const hosts = (env.CCO_ALERT_HOSTS ?? "").split(",").map((host) => host.trim().toLowerCase());
  return { smtpUrl, smtpFrom, hosts: hosts.filter((host) => host !== "") };
}
