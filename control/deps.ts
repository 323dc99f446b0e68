import process from "node:process";
import { loadCatalogue } from "#config/models-toml.ts";
import { type ConsoleEnv, readConsoleEnv } from "#config/read-console-env.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { type Database, openDatabase } from "#store/client.ts";

export interface ControlConfig extends Omit<ConsoleEnv, "databaseUrl"> {
  catalogue: Catalogue;
}

/** Dependencies of every verb of `control`. No verb opens a database or reads the clock directly. */
export interface ControlDeps {
  db: Database;
  now: () => Date;
  config: ControlConfig;
}

/** Builds the dependencies from an environment; the CLI and the tests do this once each. */
export async function makeControlDeps(env: ConsoleEnv, now: () => Date = () => new Date()): Promise<ControlDeps> {
  const { databaseUrl, ...config } = env;
  const db = await openDatabase(databaseUrl);
  return { db, now, config: { ...config, catalogue: loadCatalogue(env.modelsFile ?? undefined) } };
}

/** Next bundles pages and handlers separately; the global object is the one place they share within a process. */
const shared = globalThis as typeof globalThis & { ccoControlDeps?: Promise<ControlDeps> };

/** Returns the console process's dependencies, created at first use from the environment. A failed start is retried. */
export function controlDeps(): Promise<ControlDeps> {
  shared.ccoControlDeps ??= makeControlDeps(readConsoleEnv(process.env)).catch((error: unknown) => {
    shared.ccoControlDeps = undefined;
    throw error;
  });
  return shared.ccoControlDeps;
}
