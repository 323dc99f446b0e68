import { chmodSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join, resolve } from "node:path";
import process from "node:process";
import { ENVIRONMENT } from "#config/environment.ts";
import { describeListenError } from "#config/listener-address.ts";
import type { ProxySettings } from "#config/read-env.ts";
import { isS3Address } from "#config/read-s3.ts";
import { readServerEnv } from "#config/read-server-env.ts";
import { ensureSessionSecret } from "#config/session-secret.ts";
import { exitCodes, listenErrorCode } from "#core/exit-codes.ts";
import { sqliteFile } from "#store/database-url.ts";
import type { Parsed } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { makeDataFolder } from "./data-folder.ts";
import { settingsCode } from "./settings-error.ts";

export type Env = Record<string, string>;

export const serverOptions = {
  port: { type: "string" },
  host: { type: "string" },
  config: { type: "string" },
  "data-dir": { type: "string" },
  "public-url": { type: "string" },
  "log-level": { type: "string" },
} as const;

/** `serverOptions` and what only the proxy knows: the console alone has no answers that take long. */
export const runOptions = { ...serverOptions, drain: { type: "string" } } as const;

const variables: Record<keyof typeof runOptions, string> = {
  port: "CCO_PORT",
  host: "CCO_HOST",
  config: "CCO_CONFIG",
  "data-dir": "CCO_DATA_DIR",
  "public-url": "CCO_PUBLIC_URL",
  "log-level": "CCO_LOG_LEVEL",
  drain: "CCO_SHUTDOWN_SECONDS",
};

export interface RunSettings {
  proxy: ProxySettings;
  /** The environment with the flags written into it: what the proxy child gets. Paths are absolute. */
  env: Env;
}

/** Flags over environment over defaults; every mistake at once, each in one line. */
export function readRunSettings(parsed: Parsed): RunSettings {
  const env = definedOnly(process.env);
  const fromFlags = new Set<string>();
  for (const [flag, variable] of Object.entries(variables)) {
    const value = parsed.text(flag);
    if (value === null) continue;
    // `--drain 30s` is how other servers write it; the variable holds the number alone.
    env[variable] = flag === "drain" ? value.replace(/s$/, "") : value;
    fromFlags.add(variable);
  }
  const reading = readServerEnv(env);
  if (!reading.ok) {
    const isUsage = reading.mistakes.every((mistake) => fromFlags.has(mistake.variable));
    const [first, ...rest] = reading.mistakes.map((mistake) => mistake.message);
    for (const message of rest) parsed.output.error(message);
    const found = settingsCode(reading.mistakes);
    const code = isUsage && found === exitCodes.invalidConfig ? exitCodes.usage : found;
    throw new CliError(code, first ?? "the settings are not valid");
  }
  const proxy = reading.settings;
  const databaseUrl = proxy.databaseUrl.startsWith("file:")
    ? `file:${sqliteFile(proxy.databaseUrl)}`
    : proxy.databaseUrl;
  const absolute = {
    CCO_CONFIG: proxy.rulesFile,
    CCO_DATA_DIR: proxy.dataDir,
    DATABASE_URL: databaseUrl,
  };
  // The usual folder follows from the data folder. Passed on, it would be taken for one that a person named.
  const archive: Env = env.CCO_ARCHIVE_FOLDER?.trim() ? { CCO_ARCHIVE_FOLDER: proxy.archiveFolder } : {};
  // The console runs in another folder, and prices by the same list.
  const models: Env = proxy.modelsFile === null ? {} : { CCO_MODELS_FILE: resolve(proxy.modelsFile) };
  const prices: Env = proxy.pricesFile === null ? {} : { CCO_PRICES_FILE: resolve(proxy.pricesFile) };
  const { folder } = proxy.backups;
  const backups: Env = folder === null || isS3Address(folder) ? {} : { CCO_BACKUP_FOLDER: resolve(folder) };
  const { DATABASE_URL_FILE: _read, ...others } = env;
  return {
    proxy: { ...proxy, databaseUrl },
    env: { ...others, ...resolveSecretFiles(others), ...absolute, ...archive, ...models, ...prices, ...backups },
  };
}

/** The files of secrets by absolute paths: the console runs in another folder, and would look for them there. */
function resolveSecretFiles(env: Env): Env {
  const names = Object.values(ENVIRONMENT)
    .flat()
    .filter(({ isSecret }) => isSecret)
    .map(({ name }) => `${name}_FILE`);
  return Object.fromEntries(names.flatMap((name) => (env[name]?.trim() ? [[name, resolve(env[name].trim())]] : [])));
}

/** Creates the data folder, readable by this user only, with the session secret. */
export function prepareDataDir(dataDir: string, env: Env): void {
  makeDataFolder(dataDir, () => {
    chmodSync(dataDir, 0o700);
    if (!env.NEXTAUTH_SECRET && !env.NEXTAUTH_SECRET_FILE) ensureSessionSecret(dataDir);
  });
}

const allowed = [
  "PATH HOME TZ LANG TMPDIR NODE_ENV NODE_EXTRA_CA_CERTS SSL_CERT_FILE",
  "DATABASE_URL CCO_READ_DATABASE_URL CCO_READ_DATABASE_URL_FILE CCO_DATA_DIR CCO_ARCHIVE_FOLDER CCO_CONFIG CCO_PUBLIC_URL CCO_REPORTING_TZ CCO_MODELS_FILE CCO_PRICES_FILE CCO_DEMO CCO_LOG_LEVEL CCO_NEXT_DIST",
  "NEXTAUTH_SECRET NEXTAUTH_SECRET_FILE",
  "CCO_OIDC_ISSUER CCO_OIDC_CLIENT_ID CCO_OIDC_CLIENT_SECRET CCO_OIDC_CLIENT_SECRET_FILE CCO_OIDC_NAME CCO_OIDC_DEFAULT_ROLE",
  "CCO_SMTP_URL CCO_SMTP_URL_FILE CCO_SMTP_FROM CCO_ALERT_HOSTS",
  "CCO_BACKUP_EVERY_HOURS CCO_BACKUP_KEEP CCO_BACKUP_FOLDER",
  "CCO_S3_ENDPOINT CCO_S3_REGION CCO_S3_PATH_STYLE CCO_S3_INSECURE",
  "CCO_S3_ACCESS_KEY_ID CCO_S3_ACCESS_KEY_ID_FILE CCO_S3_SECRET_ACCESS_KEY CCO_S3_SECRET_ACCESS_KEY_FILE",
  // How the role of a machine is found where no key is set.
  "AWS_ROLE_ARN AWS_ROLE_SESSION_NAME AWS_WEB_IDENTITY_TOKEN_FILE AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_CONTAINER_CREDENTIALS_FULL_URI AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
].flatMap((names) => names.split(" "));

/** What the console may know: an allow-list, so that the upstream key can never slip through. */
export function consoleEnv({ env, proxy }: RunSettings, port: number, publicUrl: string): Env {
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => allowed.includes(name)));
  return {
    NODE_ENV: "production",
    ...kept,
    ...(env.NEXTAUTH_SECRET || env.NEXTAUTH_SECRET_FILE
      ? {}
      : { NEXTAUTH_SECRET_FILE: join(proxy.dataDir, "session-secret") }),
    PORT: String(port),
    HOSTNAME: "127.0.0.1",
    NEXTAUTH_URL: publicUrl,
    NEXT_TELEMETRY_DISABLED: "1",
    CCO_REQUIRE_KEY: proxy.requireKey ? "1" : "0",
    CCO_HAS_OPERATOR_KEY: proxy.operatorKey === null ? "0" : "1",
  };
}

/** Free loopback port. */
export function freePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolvePort(port));
    });
  });
}

/** Ends the command with one line where the port is in use, or the host cannot be listened on. */
export function requireFreePort({ host, port }: ProxySettings, parsed: Parsed): Promise<void> {
  const isFlag = parsed.text("host") !== null;
  return new Promise((resolvePort, reject) => {
    const server = createServer();
    server.once("error", ({ code }: NodeJS.ErrnoException) => {
      // The proxy explains it when it really listens.
      if (code === "EACCES") return resolvePort();
      if (code !== "EADDRINUSE") {
        const found = listenErrorCode(code);
        const exitCode = isFlag && found === exitCodes.invalidConfig ? exitCodes.usage : found;
        return reject(new CliError(exitCode, describeListenError(code, host, isFlag ? "--host" : "CCO_HOST")));
      }
      const hint = "stop the other program, or choose another port with --port";
      reject(new CliError(exitCodes.portInUse, `port ${port} on ${host} is in use`, hint));
    });
    server.listen(port, host, () => server.close(() => resolvePort()));
  });
}

const definedOnly = (env: NodeJS.ProcessEnv): Env =>
  Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
