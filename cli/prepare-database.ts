import { readConsoleEnv } from "#config/read-console-env.ts";
import { makeControlDeps } from "#control/deps.ts";
import { createSetupLink } from "#control/setup/setup-link.ts";
import { firstOwner } from "#control/team/first-owner.ts";
import { AppError } from "#core/errors.ts";
import { describeDatabaseFault } from "#store/database-fault.ts";
import { MigrationError, migrateDatabase } from "#store/migrate.ts";
import { CliError, exitCodes } from "./exit-codes.ts";
import { type Env, readInitialOwner } from "./run-settings.ts";

/** The database cannot be used now, and may be later. */
export class DatabaseAway extends CliError {
  constructor(message: string) {
    super(exitCodes.databaseUnusable, message);
  }
}

/** Path and query of the one-time set-up page; null once there is an owner. */
export type SetupPath = string | null;

/** Brings the database to this release, makes the first owner of a headless start, or a set-up link for the browser. */
export async function prepareDatabase(databaseUrl: string, env: Env): Promise<SetupPath> {
  const owner = readInitialOwner(env);
  await migrate(databaseUrl);
  const deps = await makeControlDeps(readConsoleEnv(env));
  try {
    if (owner !== null) await firstOwner(owner, deps);
    return (await createSetupLink(deps))?.path ?? null;
  } catch (error) {
    if (!(error instanceof AppError)) throw new DatabaseAway(describeDatabaseFault(error, databaseUrl).text);
    throw new CliError(exitCodes.invalidConfig, `the first owner could not be created: ${error.publicText}`);
  } finally {
    await deps.db.$disconnect();
  }
}

/** Brings the database to this release; what keeps it from that ends in one line. */
export async function migrate(databaseUrl: string): Promise<void> {
  try {
    await migrateDatabase(databaseUrl);
  } catch (error) {
    if (error instanceof MigrationError && error.code !== "failed")
      throw new CliError(exitCodes.databaseUnusable, error.message);
    throw new DatabaseAway(describeDatabaseFault(error, databaseUrl).text);
  }
}
