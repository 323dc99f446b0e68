import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordEvents } from "#store/ledger-writes.ts";
import { migrateDatabase } from "#store/migrate.ts";
import type { SqlConnection } from "#store/sql.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { ccoHere } from "#tests/support/cco-here.ts";
import { type PostgresqlServer, startPostgresql } from "#tests/support/postgresql.ts";
import { pricedEvent } from "#tests/support/priced-event.ts";
import { type DatabaseKind, migrationsUpTo } from "#tests/support/release-before.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

// This release plays the one that is gone back to: the next one is this one with one more migration.

const EVENTS = 300;
let server: PostgresqlServer;
beforeAll(async () => {
  server = await startPostgresql();
});
afterAll(() => server?.stop());

async function inDatabase<T>(url: string, work: (connection: SqlConnection) => Promise<T>): Promise<T> {
  const connection = await openSqlConnection(url);
  return work(connection).finally(() => connection.close());
}

const ids = (url: string) =>
  inDatabase(url, async (connection) =>
    (await connection.all("SELECT id FROM event_row ORDER BY id")).map(({ id }) => String(id)),
  );

/** Upgrades as the next release would, and records a request that only it knows. */
async function upgrade(url: string, kind: DatabaseKind): Promise<void> {
  const folder = migrationsUpTo("29990101000000", scratchFolder());
  const later = join(folder, kind, "29990101000000_future");
  mkdirSync(later);
  writeFileSync(join(later, "migration.sql"), 'ALTER TABLE "event_row" ADD COLUMN "later" TEXT;\n');
  expect((await migrateDatabase(url, { folder: join(folder, kind) })).applied).toEqual(["29990101000000_future"]);
  await inDatabase(url, (connection) => recordEvents(connection, [pricedEvent({ id: "evt_since" })]));
}

describe.each<DatabaseKind>(["sqlite", "postgresql"])("going back a release on %s", (kind) => {
  it("refuses in place and names the way, which docs/operate.md describes and which brings every request back", async () => {
    const dataDir = scratchFolder();
    const url = kind === "sqlite" ? `file:${join(dataDir, "cco.db")}` : await server.newDatabase();
    const config = join(dataDir, "overrides.toml");
    const env = { CCO_DATA_DIR: dataDir, CCO_CONFIG: config, DATABASE_URL: url };
    await migrateDatabase(url);
    const events = Array.from({ length: EVENTS }, (_, at) => pricedEvent({ id: `evt_${String(at).padStart(4, "0")}` }));
    await inDatabase(url, (connection) => recordEvents(connection, events));
    const made = await ccoHere(["backup", "--include", "events", "--json"], env);
    expect(made.code, made.stderr).toBe(0);
    const file = JSON.parse(made.stdout).file as string;
    await upgrade(url, kind);
    const inPlace = await ccoHere(["restore", file, "--yes"], env);

    // What the page says of the way back, step by step.
    expect(inPlace.code).toBe(69);
    expect(inPlace.stderr).toContain("newer CCO (migration 29990101000000_future)");
    expect(inPlace.stderr).toContain("into an empty database");
    expect(await ids(url)).toHaveLength(EVENTS + 1);
    const aside = scratchFolder();
    for (const name of ["cco.db", "cco.db-wal", "cco.db-shm"])
      if (existsSync(join(dataDir, name))) renameSync(join(dataDir, name), join(aside, name));
    const emptied = { ...env, DATABASE_URL: kind === "sqlite" ? url : await server.newDatabase() };
    const restored = await ccoHere(["restore", file, "--yes"], emptied);
    expect(restored.code, restored.stderr).toBe(0);
    const verified = await ccoHere(["verify"], emptied);
    expect(verified.code, verified.stdout + verified.stderr).toBe(0);
    expect(await ids(emptied.DATABASE_URL)).toEqual(events.map(({ id }) => id).sort());
    expect(await migrateDatabase(emptied.DATABASE_URL)).toEqual({ applied: [] });
    // What was recorded since the backup is not in it; it stays where it was put aside.
    const kept = kind === "sqlite" ? `file:${join(aside, "cco.db")}` : url;
    expect(await ids(kept)).toContain("evt_since");
  });
});
