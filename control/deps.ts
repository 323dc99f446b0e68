import process from "node:process";
import { loadCatalogue } from "#config/models-toml.ts";
import { type ConsoleEnv, readConsoleEnv } from "#config/read-console-env.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { type Database, openDatabase } from "#store/client.ts";

export interface ControlConfig extends Omit<ConsoleEnv, "databaseUrl"> {
  catalogue: Catalogue;
}

/** What every verb of `control` works with. Nothing in `control` opens a database or asks the clock by itself. */
export interface ControlDeps {
  db: Database;
  now: () => Date;
  config: ControlConfig;
}

/** Dependencies built from one environment: the CLI and the tests do this once each. */
export async function makeControlDeps(env: ConsoleEnv, now: () => Date = () => new Date()): Promise<ControlDeps> {
  const { databaseUrl, ...config } = env;
  const db = await openDatabase(databaseUrl);
  return { db, now, config: { ...config, catalogue: loadCatalogue(env.modelsFile ?? undefined) } };
}

/** Next bundles pages and handlers apart; the one place they share within a process is the global object. */
const shared = globalThis as typeof globalThis & { ccoControlDeps?: Promise<ControlDeps> };

/** The console process's dependencies, made at first use from the environment. A failed start is tried again. */
export function controlDeps(): Promise<ControlDeps> {
  shared.ccoControlDeps ??= makeControlDeps(readConsoleEnv(process.env)).catch((error: unknown) => {
    shared.ccoControlDeps = undefined;
    throw error;
  });
  return shared.ccoControlDeps;
}
