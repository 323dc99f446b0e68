import { ConfigError } from "#config/models-toml.ts";
import { type ConsoleEnv, EnvironmentError, readConsoleEnv } from "#config/read-console-env.ts";
import { type ControlDeps, makeControlDeps } from "#control/deps.ts";
import { createSetupLink } from "#control/setup/setup-link.ts";
import { firstOwner } from "#control/team/first-owner.ts";
import { AppError } from "#core/errors.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { findClosedDatabase } from "#store/closed-database.ts";
import { describeDatabaseFault } from "#store/database-fault.ts";
import { DatabaseFolderMissing, databaseKind, sqliteFile } from "#store/database-url.ts";
import { type MigrateOptions, MigrationError, migrateDatabase } from "#store/migrate.ts";
import { CliError } from "./cli-error.ts";
import { describeInitialOwner, readInitialOwner } from "./initial-owner.ts";
import type { Env } from "./run-settings.ts";
import { settingsError } from "./settings-error.ts";

/** The database cannot be used now, and may be later. */
export class DatabaseAway extends CliError {
  constructor(message: string, hint: string | null = null, code: number = exitCodes.databaseUnusable) {
    super(code, message, hint);
  }
}

/** Builds the end of a command that the database failed. What this user may not write is a matter of permissions. */
function toDatabaseAway(error: unknown, databaseUrl: string): DatabaseAway {
  const closed = findClosedDatabase(error, databaseUrl);
  if (closed !== null) return new DatabaseAway(closed.text, closed.fix, exitCodes.permissions);
  return new DatabaseAway(describeDatabaseFault(error, databaseUrl).text);
}

/** Path and query of the one-time set-up page; null once there is an owner. */
export type SetupPath = string | null;

/**
 * Brings the database to this release. Then makes the first owner of a headless start, or a set-up link for the
 * browser.
 */
export async function prepareDatabase(databaseUrl: string, env: Env, options: MigrateOptions): Promise<SetupPath> {
  const owner = readInitialOwner(env);
  const settings = readSettings(env);
  await migrate(databaseUrl, options);
  const deps = await openDeps({ ...settings, databaseUrl }, options);
  try {
    if (owner !== null) await firstOwner(owner, deps);
    return (await createSetupLink(deps))?.path ?? null;
  } catch (error) {
    if (!(error instanceof AppError)) throw toDatabaseAway(error, databaseUrl);
    throw new CliError(exitCodes.invalidConfig, describeInitialOwner(error).text);
  } finally {
    await deps.db.$disconnect();
  }
}

/** A mistake in a variable is for the operator to correct: waiting for the database would not help. */
function readSettings(env: Env): ConsoleEnv {
  try {
    return readConsoleEnv(env);
  } catch (error) {
    throw error instanceof EnvironmentError ? settingsError(error.mistakes) : error;
  }
}

async function openDeps(settings: ConsoleEnv, { timeoutMs }: MigrateOptions): Promise<ControlDeps> {
  try {
    return await makeControlDeps(settings, undefined, timeoutMs === undefined ? {} : { timeoutMs });
  } catch (error) {
    if (error instanceof ConfigError) throw new CliError(exitCodes.invalidConfig, error.message);
    throw toDatabaseAway(error, settings.databaseUrl);
  }
}

export const DATABASE_FOLDER_FIX = "mount its disk, make the folder, or name another file in DATABASE_URL";

/** The system's codes for a folder in which this user may make no file. */
const TAKES_NO_FILE = /^(EACCES|EPERM|EROFS)$/;

/** Brings the database to this release; what keeps it from that ends in one line. */
export async function migrate(databaseUrl: string, options: MigrateOptions): Promise<void> {
  try {
    await migrateDatabase(databaseUrl, options);
  } catch (error) {
    if (error instanceof MigrationError && error.code !== "failed")
      throw new CliError(exitCodes.databaseUnusable, error.message);
    if (error instanceof DatabaseFolderMissing)
      throw new CliError(exitCodes.cannotCreate, error.message, DATABASE_FOLDER_FIX);
    const { code = "", syscall } = error as NodeJS.ErrnoException;
    const away = toDatabaseAway(error, databaseUrl);
    if (away.code === exitCodes.permissions) throw away;
    if (databaseKind(databaseUrl) === "sqlite" && syscall === "open" && TAKES_NO_FILE.test(code))
      throw new CliError(
        exitCodes.permissions,
        `the SQLite file ${sqliteFile(databaseUrl)} cannot be made by this user (${code})`,
        "fix the permissions of its folder, or name another file in DATABASE_URL",
      );
    throw away;
  }
}
