import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { type ConsoleEnv, EnvironmentError, readConsoleEnv } from "#config/read-console-env.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { pluralize } from "#core/report/plural.ts";
import { sqliteFile } from "#store/database-url.ts";
import type { Parsed } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { findRealPath, findSharedFile, isInside, isSamePlace } from "./same-place.ts";
import { namedServer } from "./server-address.ts";
import { settingsError } from "./settings-error.ts";

/** Flags that say which installation a local verb works on. */
export const installationOptions = { config: { type: "string" }, "data-dir": { type: "string" } } as const;

/** How `--data-dir` is read: `whole` takes rules file and database from the folder, `usual` leaves those of the environment. */
export type InstallationScope = "usual" | "whole";

/**
 * Options as `installationOptions`, of a command whose data folder is a whole installation. Rules file and database are inside
 * it unless named as well.
 */
export const wholeInstallationOptions = { ...installationOptions, database: { type: "string" } } as const;

/** The line on where it works, in the help of a command with `wholeInstallationOptions`. */
export const WHOLE_INSTALLATION_HELP = `  --data-dir <folder>  one folder that holds an installation whole, to try a backup: rules file and database are in it
  --config, --database another rules file or database, with --data-dir too; a password in it shows in lists of processes
                       This machine's own installation otherwise, never a server of CCO_URL`;

/** What a data folder that holds an installation whole calls its rules file. */
const OWN_RULES = "model-overrides.toml";

/** Settings of the installation that a local verb works on. A wrong one ends the command: it is no crash. */
export function readInstallation(parsed: Parsed, kind: InstallationScope = "usual"): ConsoleEnv {
  const env = kind === "whole" ? toWholeEnv(parsed) : toUsualEnv(parsed);
  try {
    return readConsoleEnv(env);
  } catch (error) {
    throw error instanceof EnvironmentError ? settingsError(error.mistakes) : error;
  }
}

/**
 * The environment with the flags written into it. A folder that was restored to try a backup holds its rules and its database:
 * what is meant for it must not reach those that the environment names.
 */
function toUsualEnv(parsed: Parsed): NodeJS.ProcessEnv {
  const dataDir = parsed.text("data-dir");
  const env = { ...process.env };
  const config = parsed.text("config");
  if (config !== null) env.CCO_CONFIG = config;
  if (dataDir === null) return env;
  const own = readOwnInstallation();
  const isOwn = own !== null && isSamePlace(own.dataDir, resolve(dataDir));
  env.CCO_DATA_DIR = dataDir;
  if (isOwn) return env;
  const rules = join(dataDir, OWN_RULES);
  if (config === null && existsSync(rules)) env.CCO_CONFIG = rules;
  const file = join(resolve(dataDir), "cco.db");
  const named = env.DATABASE_URL || env.DATABASE_URL_FILE;
  if (named && existsSync(file) && !isThatFile(env, file))
    throw new CliError(
      exitCodes.usage,
      `${file} is a database, and the environment names another in DATABASE_URL`,
      "unset DATABASE_URL, or leave --data-dir out",
    );
  return env;
}

function isThatFile({ DATABASE_URL: url = "" }: NodeJS.ProcessEnv, file: string): boolean {
  return url.startsWith("file:") && isSamePlace(sqliteFile(url), file);
}

/** With `--data-dir`, of the environment nothing that would be replaced: neither a rules file nor a database. */
function toWholeEnv(parsed: Parsed): NodeJS.ProcessEnv {
  const [dataDir, config, database] = ["data-dir", "config", "database"].map((name) => parsed.text(name));
  const env = { ...process.env };
  // An empty one is refused before. Taken for none, it would mean this installation.
  if ([dataDir, config, database].includes("")) throw new CliError(exitCodes.usage, "a place that is named is empty");
  if (config) env.CCO_CONFIG = config;
  if (database || dataDir) {
    for (const name of ["DATABASE_URL", "CCO_READ_DATABASE_URL"]) {
      delete env[name];
      delete env[`${name}_FILE`];
    }
  }
  if (database) env.DATABASE_URL = database;
  if (!dataDir) return env;
  env.CCO_DATA_DIR = dataDir;
  env.CCO_CONFIG = config || join(dataDir, OWN_RULES);
  delete env.CCO_ARCHIVE_FOLDER;
  return env;
}

const PLACE_FIX = "to replace this installation leave --data-dir out; to try a backup name an empty folder";

/**
 * Refuses a place that is only a part of this installation. Its database would be replaced, and its rules file
 * elsewhere not, or the other way round. What a flag names beside its data folder is meant to be another.
 */
export function requireWholeInstallation(parsed: Parsed): void {
  const own = readOwnInstallation();
  if (parsed.text("data-dir") === null || own === null) return;
  const named = readInstallation(parsed, "whole");
  const parts = compareParts(own, named);
  const [folder] = parts;
  const first = parts.find(({ isNamed }) => isNamed);
  const isExempt = ({ flag }: InstallationPart) => folder?.isNamed === true && parsed.text(flag) !== null;
  const others = parts.filter((part) => !part.isNamed && !isExempt(part));
  if (first === undefined || others.length === 0) {
    if (folder?.isNamed !== true) requireApart(own, named);
    return;
  }
  // The address of a database may hold a password.
  const names = others.map(({ what, place }) => (what === "database" ? "its database" : `its ${what} ${place}`));
  throw new CliError(
    exitCodes.usage,
    `${first.place} is the ${first.what} of this installation, and ${names.join(" and ")} ${pluralize(names.length, "lies", "lie")} elsewhere`,
    PLACE_FIX,
  );
}

/** Refuses to try a backup in the data folder of this installation, or in one that shares its files. */
function requireApart({ dataDir }: ConsoleEnv, named: ConsoleEnv): void {
  const inside = [named.dataDir, named.rulesFile, toSqliteFile(named)].find(
    (place) => place !== null && isInside(dataDir, place),
  );
  const shared = inside === undefined ? findSharedFile(dataDir, named.dataDir) : null;
  if (inside === undefined && shared === null) return;
  const what =
    shared === null
      ? `${inside} lies in the data folder ${dataDir} of this installation`
      : `${shared} is, by a link, a file or folder of the data folder ${dataDir} of this installation`;
  throw new CliError(exitCodes.usage, what, PLACE_FIX);
}

const toSqliteFile = ({ databaseUrl }: ConsoleEnv): string | null =>
  databaseUrl.startsWith("file:") ? sqliteFile(databaseUrl) : null;

/** Whether what the flags name is, also by another path, a part of the installation of the environment. */
export function isOwnTouched(parsed: Parsed): boolean {
  const own = readOwnInstallation();
  return own !== null && compareParts(own, readInstallation(parsed, "whole")).some(({ isNamed }) => isNamed);
}

interface InstallationPart {
  what: string;
  flag: string;
  /** As messages name it. */
  place: string;
  /** Whether the other installation has it in the same place. */
  isNamed: boolean;
}

/** What a restore replaces of an installation, and whether another has it too. By the files that the paths lead to. */
function compareParts(own: ConsoleEnv, named: ConsoleEnv): InstallationPart[] {
  const { dataDir, databaseUrl, rulesFile } = named;
  const file = databaseUrl.startsWith("file:") ? sqliteFile(databaseUrl) : "the server of DATABASE_URL";
  const isFolder = isSamePlace(own.dataDir, dataDir);
  const isRules = isSamePlace(own.rulesFile, rulesFile);
  const isDatabase = isSameDatabase(own.databaseUrl, databaseUrl);
  return [
    { what: "data folder", flag: "data-dir", place: isFolder ? dataDir : own.dataDir, isNamed: isFolder },
    { what: "database", flag: "database", place: file, isNamed: isDatabase },
    { what: "rules file", flag: "config", place: isRules ? rulesFile : own.rulesFile, isNamed: isRules },
  ];
}

/** The files of a SQLite database, by what follows its name. One that two share is enough to write into both. */
const DATABASE_FILES = ["", "-wal", "-shm", "-journal", ".lock"];

function isSameDatabase(one: string, other: string): boolean {
  if (!one.startsWith("file:") || !other.startsWith("file:")) return one === other;
  const [ofOne, ofOther] = [findRealPath(sqliteFile(one)), findRealPath(sqliteFile(other))];
  return DATABASE_FILES.some((end) => isSamePlace(`${ofOne}${end}`, `${ofOther}${end}`));
}

/** Null where the environment alone names no installation that could be used. */
function readOwnInstallation(): ConsoleEnv | null {
  try {
    return readConsoleEnv(process.env);
  } catch {
    return null;
  }
}

/**
 * Refuses to work on this machine's database where `CCO_URL` names a server. What was meant for that one must not
 * happen here. A place that is named as well says that it is meant.
 */
export function requireHere(parsed: Parsed, command: string): void {
  const { DATABASE_URL, DATABASE_URL_FILE } = process.env;
  const isHere =
    ["data-dir", "config", "database"].some((name) => parsed.text(name) !== null) || DATABASE_URL || DATABASE_URL_FILE;
  if (namedServer() === null || isHere) return;
  throw new CliError(
    exitCodes.usage,
    `${command} needs the database itself, and cannot ask the server of CCO_URL`,
    "run it on that machine, name a folder with --data-dir, or set DATABASE_URL",
  );
}
