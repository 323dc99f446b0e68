import { setTimeout as wait } from "node:timers/promises";
import type pg from "pg";
import { isLockedOut } from "./database-errors.ts";
import { prepareSqliteFile } from "./database-url.ts";
import type { Migration } from "./migration-files.ts";
import { switchToWal } from "./sqlite-wal.ts";

/** A row of Prisma's own bookkeeping table. */
export interface AppliedMigration {
  name: string;
  checksum: string;
  isFinished: boolean;
}

/** Operations that differ between the two databases. */
export interface Applier {
  /** Whether no migration was ever applied here. Writes nothing, and is asked before `begin`. */
  isEmpty(): Promise<boolean>;
  /** Waits its turn where the database has a lock for that, and makes the bookkeeping table. */
  begin(): Promise<void>;
  /** Lists rows that were not rolled back. */
  applied(): Promise<AppliedMigration[]>;
  /**
   * Applies the migration and its bookkeeping row (one statement) atomically. Rejects with an error of `isLockedOut` when
   * others have held what it needs for the whole time allowed.
   */
  apply(migration: Migration, bookkeeping: string): Promise<void>;
  close(): Promise<void>;
}

const readApplied = `SELECT "migration_name" AS name, "checksum" AS checksum, "finished_at" IS NOT NULL AS finished FROM "_prisma_migrations" WHERE "rolled_back_at" IS NULL ORDER BY "migration_name"`;

const appliedRow = (row: Record<string, unknown>): AppliedMigration => ({
  name: String(row.name),
  checksum: String(row.checksum),
  isFinished: Boolean(row.finished),
});

const sqliteTable = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
)`;

/**
 * PRAGMAs without effect inside a transaction, where a table rebuild's DROP TABLE would cascade: they are set before
 * it begins.
 */
const ownPragmas = /^\s*PRAGMA\s+(defer_)?foreign_keys\s*=\s*\w+\s*;[^\S\n]*$/gim;

/**
 * Opens a SQLite file for migrations; makes it where it is not there. `timeoutMs` limits the wait for another
 * process.
 */
export async function openSqliteApplier(url: string, timeoutMs: number): Promise<Applier> {
  const { createClient } = await import("@libsql/client/sqlite3");
  // Without the parameters of the address, which the driver refuses.
  const client = createClient({ url: `file:${prepareSqliteFile(url)}`, timeout: timeoutMs });
  return {
    isEmpty: async () => {
      const found = await client.execute(`SELECT 1 FROM sqlite_master WHERE name = '_prisma_migrations'`);
      return found.rows.length === 0 || (await client.execute(readApplied)).rows.length === 0;
    },
    begin: async () => {
      // What is deleted from a file that was made so can be given back to the disk in small steps. On another it writes for nothing.
      const { rows } = await client.execute("PRAGMA page_count");
      if (Number(rows[0]?.page_count) === 0) await client.execute("PRAGMA auto_vacuum=INCREMENTAL");
      await switchToWal((sql) => client.execute(sql), timeoutMs);
      await client.execute(sqliteTable);
      await client.execute("PRAGMA foreign_keys=OFF");
    },
    applied: async () => (await client.execute(readApplied)).rows.map((row) => appliedRow({ ...row })),
    // The bookkeeping row comes first: a second process fails on its key, before the script runs twice.
    apply: ({ sql }, bookkeeping) =>
      client.executeMultiple(`BEGIN IMMEDIATE;\n${bookkeeping}\n${sql.replace(ownPragmas, "")}\n;COMMIT;`),
    close: async () => client.close(),
  };
}

const postgresqlTable = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
)`;

/** Lock number of Prisma's own engine, so that the two wait for each other. */
const advisoryLock = 72707369;

/**
 * Maximum wait of a migration for one lock. Later readers and writers wait behind it, though only an earlier reader
 * is in its way: so it steps back and tries again. Below the second after which the server looks for a deadlock, so
 * that the migration gives way and not the transaction of an older release.
 */
const LOCK_WAIT_MS = 500;

/** Time for those who waited behind the migration. */
const STEP_BACK_MS = 250;

/** The server's own limit, `lock_timeout`, says better what was waited for, and so comes first. */
const ANSWER_SLACK_MS = 1_000;

/** Opens a PostgreSQL database for migrations. `timeoutMs` limits connecting and the wait for another process. */
export async function openPostgresqlApplier(url: string, timeoutMs: number): Promise<Applier> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: timeoutMs });
  client.on("error", () => {}); // the statement in flight fails on its own
  await client.connect();
  // A server that hangs after it took the connection must not be waited for without end. A migration itself may take its time.
  const quick = (text: string) =>
    client.query<Record<string, unknown>>({ text, query_timeout: timeoutMs + ANSWER_SLACK_MS } as pg.QueryConfig);
  const applied = async () => (await quick(readApplied)).rows.map(appliedRow);
  return {
    isEmpty: async () => {
      const found = await quick(`SELECT 1 WHERE to_regclass('"_prisma_migrations"') IS NOT NULL`);
      return found.rows.length === 0 || (await applied()).length === 0;
    },
    begin: async () => {
      await quick(`SET lock_timeout = ${Math.trunc(timeoutMs)}`);
      await quick(`SELECT pg_advisory_lock(${advisoryLock})`); // released with the connection
      await quick(postgresqlTable);
    },
    applied,
    apply: async ({ sql }, bookkeeping) => {
      const lockWaitMs = Math.min(LOCK_WAIT_MS, Math.trunc(timeoutMs));
      const script = `BEGIN;\nSET LOCAL lock_timeout = ${lockWaitMs};\n${bookkeeping}\n${sql}\n;COMMIT;`;
      const untilTick = performance.now() + timeoutMs;
      for (;;) {
        try {
          await client.query(script);
          return;
        } catch (error) {
          await client.query("ROLLBACK");
          if (!isLockedOut(error) || performance.now() > untilTick) throw error;
          await wait(STEP_BACK_MS);
        }
      }
    },
    close: () => client.end(),
  };
}
