import process from "node:process";
import { loadCatalogue } from "#config/models-toml.ts";
import { type ConsoleEnv, readConsoleEnv } from "#config/read-console-env.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { type Database, openDatabase } from "#store/client.ts";
import { readServerClock } from "#store/database-clock.ts";
import { type DatabaseKind, databaseKind } from "#store/database-url.ts";
import { PlainReports } from "#store/plain-reports.ts";
import type { SqlSource } from "#store/raw.ts";
import { ReadReplica } from "#store/read-replica.ts";
import { type RequireSameFile, rememberFile } from "#store/same-file.ts";
import type { SqlConnection } from "#store/sql.ts";
import { openSqlConnection } from "#store/sql-connection.ts";

export interface ControlConfig extends Omit<ConsoleEnv, "databaseUrl" | "readDatabaseUrl"> {
  catalogue: Catalogue;
  databaseKind: DatabaseKind;
}

/** Dependencies of every verb of `control`. No verb opens a database or reads the clock directly. */
export interface ControlDeps {
  db: Database;
  /** Where reports on traffic are read with plain SQL: a copy that may be some seconds behind, or `db` itself. */
  reports: SqlSource;
  /** The copy, where there is one. */
  replica: ReadReplica | null;
  /** Opens a further connection, for work that reads one moment of the whole database. */
  openSql: () => Promise<SqlConnection>;
  /** The clock of this machine. */
  now: () => Date;
  /**
   * The clock that every instance shares: the database server's, or this machine's where the database is a file. What one
   * instance notes and another judges goes by it.
   */
  sharedNow: () => Promise<Date>;
  config: ControlConfig;
}

/**
 * Dependencies built from one environment: the CLI and the tests do this once each. `now`: a clock that is moved by hand,
 * which is the shared one too unless that is given. `waits`: as in `openDatabase`.
 */
export async function makeControlDeps(
  env: ConsoleEnv,
  now?: () => Date,
  waits: Parameters<typeof openDatabase>[1] = {},
  sharedNow?: () => Promise<Date>,
): Promise<ControlDeps> {
  const { databaseUrl, readDatabaseUrl, ...config } = env;
  const db = await openDatabase(databaseUrl, waits);
  const replica = readDatabaseUrl ? await ReadReplica.open(readDatabaseUrl, db) : null;
  const own = now ?? (() => new Date());
  const kind = databaseKind(databaseUrl);
  const serverNow = async () => new Date(await readServerClock(db));
  return {
    db,
    reports: replica ?? (kind === "sqlite" ? new PlainReports(databaseUrl, db) : db),
    replica,
    openSql: () => openSqlConnection(databaseUrl),
    now: own,
    sharedNow: sharedNow ?? (now === undefined && kind === "postgresql" ? serverNow : async () => own()),
    config: {
      ...config,
      databaseKind: kind,
      catalogue: loadCatalogue(env.modelsFile ?? undefined),
    },
  };
}

/**
 * Connection timeout, longer than the proxy needs to notice a database that hangs (`database-stall-detector.ts`). The
 * proxy then answers those who wait with the page that says so, before the console gives up on them.
 */
const CONNECT_MS = 10_000;

/** Next bundles pages and handlers apart; the one place they share within a process is the global object. */
const shared = globalThis as typeof globalThis & {
  ccoControlDeps?: Promise<ControlDeps> | undefined;
  ccoDatabaseFile?: RequireSameFile | undefined;
};

/**
 * The console process's dependencies, made at first use from the environment. A failed start is tried again; a SQLite file
 * that was put in the place of the opened one is opened. Rejects with `DatabaseMissing` while there is none.
 */
export async function controlDeps(): Promise<ControlDeps> {
  if (shared.ccoControlDeps !== undefined && !isSameFile()) {
    void shared.ccoControlDeps.then(({ db }) => db.$disconnect()).catch(() => {});
    shared.ccoControlDeps = undefined;
  }
  shared.ccoControlDeps ??= makeConsoleDeps().catch((error: unknown) => {
    shared.ccoControlDeps = undefined;
    throw error;
  });
  return shared.ccoControlDeps;
}

async function makeConsoleDeps(): Promise<ControlDeps> {
  const env = readConsoleEnv(process.env);
  shared.ccoDatabaseFile = rememberFile(env.databaseUrl);
  return makeControlDeps(env, undefined, { connectMs: CONNECT_MS });
}

function isSameFile(): boolean {
  try {
    shared.ccoDatabaseFile?.();
    return true;
  } catch {
    return false;
  }
}
