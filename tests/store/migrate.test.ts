// Long because every fault of a migration is tried on both databases, which are set up once.

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { recordEvents } from "#store/ledger-writes.ts";
import { migrateDatabase } from "#store/migrate.ts";
import type { SqlConnection } from "#store/sql.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { runChild, startChild } from "#tests/support/child.ts";
import { makeEvent } from "#tests/support/make-event.ts";
import { type PostgresqlServer, startPostgresql } from "#tests/support/postgresql.ts";
import { insertAsBefore } from "#tests/support/release-before.ts";
import { eventually, scratchFolder } from "#tests/support/scratch.ts";

let server: PostgresqlServer;
beforeAll(async () => {
  server = await startPostgresql();
});
afterAll(() => server?.stop());

const newSqlite = async () => `file:${join(scratchFolder(), "cco.db")}`;
const newPostgresql = () => server.newDatabase();

/** The migrations of this release, in their order; both databases have the same. */
const released = readdirSync(new URL("../../prisma/migrations/sqlite", import.meta.url))
  .filter((name) => !name.includes("."))
  .sort();

/** A folder of migrations: name -> SQL. */
function writeFolder(migrations: Record<string, string>, folder = scratchFolder()): string {
  for (const [name, sql] of Object.entries(migrations)) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, "migration.sql"), sql);
  }
  return folder;
}

const sleeping = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()";

async function connect(url: string, timeoutMs = 5000): Promise<SqlConnection> {
  const connection = await openSqlConnection(url, { timeoutMs });
  onTestFinished(() => connection.close());
  return connection;
}

const applied = async (connection: SqlConnection) =>
  (await connection.all("SELECT migration_name FROM _prisma_migrations ORDER BY migration_name")).map(
    (row) => row.migration_name,
  );

describe.each([
  ["SQLite", newSqlite],
  ["PostgreSQL", newPostgresql],
])("the applier on %s", (kind, newUrl) => {
  it("brings an empty database to this release's schema, and is quick the second time", async () => {
    const url = await newUrl();

    expect((await migrateDatabase(url)).applied).toEqual(released);
    expect((await migrateDatabase(url)).applied).toEqual([]);

    const connection = await connect(url);
    expect(await connection.all("SELECT COUNT(*) AS n FROM event_row")).toEqual([{ n: 0n }]);
    expect(
      await connection.all(
        "SELECT applied_steps_count AS n, finished_at IS NOT NULL AS f, logs FROM _prisma_migrations",
      ),
    ).toMatchObject(released.map(() => ({ n: 1n, logs: null })));
  });

  it("applies migrations in the order of their names, and later only new ones", async () => {
    const url = await newUrl();
    const folder = writeFolder({
      "1_a": "CREATE TABLE a (id INTEGER PRIMARY KEY);",
      "2_b": "ALTER TABLE a ADD COLUMN x TEXT;",
    });
    expect((await migrateDatabase(url, { folder })).applied).toEqual(["1_a", "2_b"]);
    writeFolder({ "3_c": "ALTER TABLE a ADD COLUMN y TEXT" }, folder); // no ; at the end
    expect((await migrateDatabase(url, { folder })).applied).toEqual(["3_c"]);
  });

  it("sums the response cache's past before its table existed, as it is summed when recorded", async () => {
    const url = await newUrl();
    await migrateDatabase(url);
    const connection = await connect(url);
    const cases = [
      { cache: "hit", cacheReason: null },
      { cache: "hit", cacheReason: null },
      { cache: "bypass", cacheReason: "sampled" },
      { cache: "bypass", cacheReason: "" },
      { cache: "miss", cacheReason: null },
      { cache: "off", cacheReason: null },
    ] as const;
    const events = cases.map((one, at) =>
      makeEvent({ ...one, id: `evt_${at}`, startedAtMs: 1_795_000_000_000 + at * 400_000 }),
    );
    await recordEvents(connection, events as RequestEvent[]);
    const read = () => connection.all("SELECT * FROM rollup_cache ORDER BY bucket_s, reason");
    const recorded = await read();
    expect(recorded.length).toBeGreaterThan(2);

    for (const table of ["rollup_cache", "event_row"]) await connection.all(`DELETE FROM ${table}`);
    await insertAsBefore(connection, events as RequestEvent[]);
    const folder = new URL(`../../prisma/migrations/${kind.toLowerCase()}/20261128021000_cache_uses/`, import.meta.url);
    const sql = readFileSync(new URL("migration.sql", folder), "utf8");
    await connection.all(sql.slice(sql.indexOf("INSERT INTO")).replace(/;\s*$/, ""));
    expect(await read()).toEqual(recorded);
  });

  it("locks keys with a project or team and leaves others free when a database is upgraded", async () => {
    const url = await newUrl();
    const own = new URL(`../../prisma/migrations/${kind.toLowerCase()}/`, import.meta.url);
    const readText = (name: string) => readFileSync(new URL(`${name}/migration.sql`, own), "utf8");
    const before = released.filter((name) => name < "20261128080000");
    await migrateDatabase(url, {
      folder: writeFolder(Object.fromEntries(before.map((name) => [name, readText(name)]))),
    });
    const connection = await connect(url);
    for (const [id, team, project] of [
      ["key_none", null, null],
      ["key_team", "Web", null],
      ["key_project", null, "checkout"],
    ]) {
      const columns = "id, name, hint, key_hash, created_at, team, project";
      const values = [id ?? "", "CI", "abcd", id ?? "", "2026-11-01T00:00:00.000Z", team ?? null, project ?? null];
      await connection.all(`INSERT INTO proxy_key (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7)`, values);
    }

    await migrateDatabase(url);

    expect(await connection.all("SELECT id, attribution FROM proxy_key ORDER BY id")).toEqual([
      { id: "key_none", attribution: "free" },
      { id: "key_project", attribution: "locked" },
      { id: "key_team", attribution: "locked" },
    ]);
  });

  it("rolls a failing migration back and names it with the cause in one line", async () => {
    const url = await newUrl();
    const folder = writeFolder({
      "1_a": "CREATE TABLE a (id INTEGER PRIMARY KEY);",
      "2_b": "CREATE TABLE b (id INTEGER); INSERT INTO nowhere VALUES (1);",
    });

    const refusal = migrateDatabase(url, { folder });

    await expect(refusal).rejects.toMatchObject({ name: "MigrationError", code: "failed" });
    await expect(refusal).rejects.toThrow(/^Migration 2_b failed and was rolled back: .*nowhere.*$/);
    const connection = await connect(url);
    expect(await applied(connection)).toEqual(["1_a"]);
    await expect(connection.all("SELECT * FROM b")).rejects.toThrow();

    writeFolder({ "2_b": "CREATE TABLE b (id INTEGER);" }, folder);
    expect((await migrateDatabase(url, { folder })).applied).toEqual(["2_b"]);
  });

  it("refuses a migration that was edited after it was applied", async () => {
    const url = await newUrl();
    const folder = writeFolder({ "1_a": "CREATE TABLE a (id INTEGER);" });
    await migrateDatabase(url, { folder });
    writeFolder({ "1_a": "CREATE TABLE a (id INTEGER, x TEXT);", "2_b": "CREATE TABLE b (id INTEGER);" }, folder);

    await expect(migrateDatabase(url, { folder })).rejects.toMatchObject({ code: "edited" });
    expect(await applied(await connect(url))).toEqual(["1_a"]);
  });

  it("refuses a database of a newer release, and one that Prisma's tool left half done", async () => {
    const url = await newUrl();
    await migrateDatabase(url, {
      folder: writeFolder({ "1_a": "CREATE TABLE a (id INTEGER);", "9_z": "CREATE TABLE z (id INTEGER);" }),
    });
    const older = writeFolder({ "1_a": "CREATE TABLE a (id INTEGER);" });
    await expect(migrateDatabase(url, { folder: older })).rejects.toMatchObject({
      code: "newer",
      message: expect.not.stringContaining("\n"),
    });

    const connection = await connect(url);
    await connection.all("UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = '9_z'");
    const same = writeFolder({ "1_a": "CREATE TABLE a (id INTEGER);", "9_z": "CREATE TABLE z (id INTEGER);" });
    await expect(migrateDatabase(url, { folder: same })).rejects.toMatchObject({ code: "half-done" });
  });

  it("lets several processes start together: one applies, all continue", async () => {
    const url = await newUrl();
    const folder = writeFolder({
      "1_a": "CREATE TABLE a (id INTEGER); INSERT INTO a VALUES (1);",
      "2_b": "INSERT INTO a VALUES (2);", // would happily run twice
    });

    const outputs = await Promise.all([1, 2, 3, 4].map(() => runChild("migrate", { url, folder })));

    expect(outputs.flatMap((output) => JSON.parse(output).applied).sort()).toEqual(["1_a", "2_b"]);
    expect(await (await connect(url)).all("SELECT COUNT(*) AS n FROM a")).toEqual([{ n: 2n }]);
  });

  it("completes after a kill in the middle", async () => {
    const url = await newUrl();
    const slow =
      kind === "SQLite"
        ? "INSERT INTO a WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000000) SELECT count(*) FROM c;"
        : "SELECT pg_sleep(30);";
    const folder = writeFolder({
      "1_a": `CREATE TABLE a (id INTEGER); INSERT INTO a VALUES (1); ${slow} CREATE TABLE b (id INTEGER);`,
    });
    const child = startChild("migrate", { url, folder });
    // The child makes the file; nothing else does.
    const watcher = await eventually(() => connect(url, 0));
    // The script has begun: its lock is held (SQLite), or its statement is running (PostgreSQL).
    await eventually(async () => {
      if (kind === "SQLite") await expect(watcher.transaction(async () => {})).rejects.toThrow("locked");
      else expect(await watcher.all(sleeping)).toHaveLength(1);
    });
    child.kill("SIGKILL");
    await child.ended;
    if (kind === "PostgreSQL")
      await watcher.all(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()",
      );

    writeFolder(
      { "1_a": "CREATE TABLE a (id INTEGER); INSERT INTO a VALUES (1); CREATE TABLE b (id INTEGER);" },
      folder,
    );
    expect((await eventually(() => migrateDatabase(url, { folder }))).applied).toEqual(["1_a"]);
    expect(await watcher.all("SELECT COUNT(*) AS n FROM a")).toEqual([{ n: 1n }]);
  });

  it("agrees with Prisma's own checksum and table", async () => {
    const url = await newUrl();
    await migrateDatabase(url);
    const connection = await connect(url);
    const [row] = await connection.all("SELECT checksum, id FROM _prisma_migrations");
    const file = `prisma/migrations/${kind.toLowerCase()}/20261122000000_init/migration.sql`;
    const sum = spawnSync("sha256sum", [file], { encoding: "utf8" }).stdout.split(" ")[0];
    expect(row?.checksum).toBe(sum);
    expect(row?.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });
});

describe.each([
  ["SQLite", newSqlite],
  ["PostgreSQL", newPostgresql],
])("a migration that finds its table held on %s", (kind, newUrl) => {
  const first = { "1_a": "CREATE TABLE a (id INTEGER);" };

  it("waits, applies once the holder ends, and is refused with the fix when it does not end", async () => {
    const url = await newUrl();
    const folder = writeFolder(first);
    await migrateDatabase(url, { folder });
    const holder = await connect(url);
    await holder.all(kind === "SQLite" ? "BEGIN IMMEDIATE" : "BEGIN");
    if (kind === "PostgreSQL") await holder.all("SELECT * FROM a");
    writeFolder({ "2_b": "ALTER TABLE a ADD COLUMN x TEXT;" }, folder);

    const problem = await runChild("migrate", { url, folder, timeoutMs: 1_200 }).catch((error: Error) => error);
    expect(String(problem)).toContain(
      "Migration 2_b waited 2 s for another process that holds the database, and changed nothing. Start again when it has ended",
    );
    expect(await applied(holder)).toEqual(["1_a"]);

    const late = runChild("migrate", { url, folder });
    await wait(1_500);
    await holder.all("ROLLBACK");
    expect(JSON.parse(await late).applied).toEqual(["2_b"]);
  });
});

describe("the applier on PostgreSQL alone", () => {
  it("steps back from a table that is read for long, so that writers wait less than the migration", async () => {
    const url = await newPostgresql();
    const folder = writeFolder({ "1_a": "CREATE TABLE a (id INTEGER);" });
    await migrateDatabase(url, { folder });
    const [reader, writer] = [await connect(url), await connect(url)];
    await reader.all("BEGIN");
    await reader.all("SELECT * FROM a");
    writeFolder({ "2_b": "ALTER TABLE a ADD COLUMN x TEXT;" }, folder);
    const migration = migrateDatabase(url, { folder });

    const isBehind = "SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'";
    let waited = 0;
    const beganTick = performance.now();
    for (let n = 0; n < 30; n += 1) {
      const oneTick = performance.now();
      if (n === 0) await eventually(async () => expect(await reader.all(isBehind)).toHaveLength(1));
      await writer.all("INSERT INTO a VALUES (1)");
      waited = Math.max(waited, performance.now() - oneTick);
      await wait(100);
    }
    const allMs = performance.now() - beganTick;
    await reader.all("ROLLBACK");

    expect((await migration).applied).toEqual(["2_b"]);
    expect(waited).toBeLessThan(allMs / 2);
    expect(await writer.all("SELECT COUNT(*) AS n FROM a")).toEqual([{ n: 30n }]);
  });

  it("waits for the server to end what a killed start sent, and finds it done", async () => {
    const url = await newPostgresql();
    const folder = writeFolder({ "1_a": "CREATE TABLE a (id INTEGER); SELECT pg_sleep(2); INSERT INTO a VALUES (1);" });
    // Four statements come before it: the limit of a wait, the lock, the table, and what is applied.
    const { code } = await startChild("migrate-killed", { url, folder, killAt: 4, isSent: true }).ended;
    expect(code).toBeNull();

    const { applied: names } = await migrateDatabase(url, { folder });

    expect(names.length).toBeLessThanOrEqual(1);
    const connection = await connect(url);
    expect(await connection.all("SELECT COUNT(*) AS n FROM a")).toEqual([{ n: 1n }]);
    expect(await applied(connection)).toEqual(["1_a"]);
  });
});

describe("the applier on SQLite alone", () => {
  it("keeps child rows when a table is rebuilt", async () => {
    const url = await newSqlite();
    const first = `CREATE TABLE parent (id INTEGER PRIMARY KEY);
      CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL REFERENCES parent (id) ON DELETE CASCADE);
      INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1, 1), (2, 1);`;
    // As Prisma's engine writes it.
    const rebuild = `-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_parent" (id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO "new_parent" (id) SELECT id FROM parent;
DROP TABLE "parent";
ALTER TABLE "new_parent" RENAME TO "parent";
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;`;

    await migrateDatabase(url, { folder: writeFolder({ "1_a": first, "2_b": rebuild }) });

    const connection = await connect(url);
    expect(await connection.all("SELECT COUNT(*) AS n FROM child")).toEqual([{ n: 2n }]);
    await connection.all("DELETE FROM parent"); // and the relation still holds
    expect(await connection.all("SELECT COUNT(*) AS n FROM child")).toEqual([{ n: 0n }]);
  });

  it("turns the write-ahead log on, and syncs fully on the connection that commits", async () => {
    const url = await newSqlite();
    await migrateDatabase(url);
    const connection = await connect(url);
    for (let round = 0; round < 3; round += 1) {
      const seen = await connection.transaction(async () => {
        await connection.all(
          "INSERT INTO setting (key, value, updated_at) VALUES ($1, '1', '2026-01-01T00:00:00.000+00:00')",
          [`k${round}`],
        );
        return connection.all("PRAGMA synchronous");
      });
      expect(seen).toEqual([{ synchronous: 2n }]);
    }
    expect(await connection.all("PRAGMA journal_mode")).toEqual([{ journal_mode: "wal" }]);
  });
});
