// Long because each way an upgrade can go is tried on both databases, on one database of the earlier release.
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startLedger } from "#proxy/ledger/client/ledger-thread.ts";
import { migrateDatabase } from "#store/migrate.ts";
import type { SqlConnection, SqlRow } from "#store/sql.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { verifyLedger } from "#store/verify-ledger.ts";
import { runChild, startChild } from "#tests/support/child.ts";
import { endWithTest } from "#tests/support/end-with-test.ts";
import { type PostgresqlServer, startPostgresql } from "#tests/support/postgresql.ts";
import {
  type DatabaseKind,
  fingerprint,
  installRelease,
  listMigrations,
  makeOlderDatabase,
  multiplyEvents,
  RELEASE,
  untilAnswered,
} from "#tests/support/release-before.ts";
import { eventually, scratchFolder } from "#tests/support/scratch.ts";
import { seededRandom, testSeed } from "#tests/support/seeded-random.ts";
import { storedEvents } from "#tests/support/stored-events.ts";
import { workerUrl } from "#tests/support/worker-url.ts";

/** `npm run test:chaos` makes it a million. */
const EVENTS = Number(process.env.CCO_TEST_UPGRADE_EVENTS ?? "5000");
/**
 * Step between the statements at which a migration is killed: every sixth in the suite. It starts from another
 * statement in each migration and each run. In test:chaos a migration is killed at all of them.
 */
const KILL_EVERY = process.env.CCO_TEST_UPGRADE_EVENTS === undefined ? 6 : 1;
/** The ledger waits as long for a lock (SQLite); after that it tries again. */
const BUSY_MS = 2_000;
/** A million events take a minute on an idle machine. */
const MOVED_WITHIN_MS = 1_200_000;

let server: PostgresqlServer;
beforeAll(async () => {
  server = await startPostgresql();
});
afterAll(() => server?.stop());

const newUrl = async (kind: DatabaseKind, folder: string) =>
  kind === "sqlite" ? `file:${join(folder, "cco.db")}` : server.newDatabase();

const connect = async (url: string): Promise<SqlConnection> => {
  const connection = await openSqlConnection(url, { timeoutMs: 20_000 });
  onTestFinished(() => connection.close().catch(() => {}));
  return connection;
};

interface Older {
  url: string;
  folder: string;
  release: string;
  /** Starts a proxy of the earlier release, reduced to spool and ledger; it notes what it answered in `saidFile`. */
  startProxy(name: string): { child: ChildProcess; saidFile: string; stop(): Promise<number | null> };
}

/** A database of the earlier release, in which that release has recorded. */
async function makeOlder(kind: DatabaseKind, wanted: number): Promise<Older> {
  const folder = scratchFolder();
  const url = await newUrl(kind, folder);
  const release = join(folder, "release");
  const program = installRelease(release);
  await makeOlderDatabase(url, kind, release);
  const startProxy = (name: string) => {
    const saidFile = join(folder, `${name}.said`);
    const input = { databaseUrl: url, spoolDir: join(folder, "spool"), instanceId: name, saidFile };
    const child = endWithTest(
      spawn(process.execPath, [program, JSON.stringify(input)], { cwd: release, stdio: "inherit" }),
    );
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    const stop = () => {
      child.kill("SIGTERM");
      return ended;
    };
    onTestFinished(() => void child.kill("SIGKILL"));
    return { child, saidFile, stop };
  };
  const first = startProxy("ins_before");
  await eventually(() => untilAnswered(first.saidFile, 500));
  expect(await first.stop()).toBe(0);
  await multiplyEvents(url, wanted);
  return { url, folder, release, startProxy };
}

const answeredIn = (saidFile: string): string[] =>
  readFileSync(saidFile, "utf8")
    .split("\n")
    .slice(0, -1)
    .filter((line) => line.startsWith("c "))
    .map((line) => line.slice(2));

/** Of the proxy of the earlier release, in its own table. */
const countServed = async (connection: SqlConnection): Promise<number> =>
  Number((await connection.all("SELECT COUNT(*) AS n FROM request_event WHERE instance_id = 'ins_serving'"))[0]?.n);

/**
 * Lets this release take over what the earlier one left in its spool. Counts the answered requests that it does not
 * have then.
 */
async function missingAfterUpgrade({ url, folder }: Older, connection: SqlConnection, saidFile: string) {
  const spoolDir = join(folder, "spool");
  const ledger = startLedger({ databaseUrl: url, spoolDir, instanceId: "ins_new", reportingZone: null, workerUrl });
  const isEmpty = () => expect(readdirSync(spoolDir).filter((name) => !name.endsWith(".lock"))).toEqual([]);
  await eventually(isEmpty, MOVED_WITHIN_MS);
  // It moves what the earlier release has written to its own table.
  const isMoved = async () => expect(await connection.all("SELECT id FROM request_event LIMIT 1")).toEqual([]);
  await eventually(isMoved, MOVED_WITHIN_MS);
  await ledger.stop();
  const rows = await storedEvents((sql) => connection.all(sql));
  const ids = new Set(rows.filter((row) => row.instance_id === "ins_serving").map(({ id }) => String(id)));
  return answeredIn(saidFile).filter((id) => !ids.has(id)).length;
}

/** Starts a process that writes rows as the earlier release did and measures its waits. */
async function startProbe(url: string, connection: SqlConnection) {
  const [row] = (await connection.all("SELECT * FROM request_event LIMIT 1")) as [SqlRow];
  const cells = Object.entries(row).filter(([name]) => name !== "id");
  const plain = (value: SqlRow[string]) => (typeof value === "bigint" ? Number(value) : value);
  const columns = cells.map(([name]) => name);
  const child = startChild("probe-writes", { url, columns, values: cells.map(([, value]) => plain(value)) });
  await new Promise((resolve) => child.process.stdout?.once("data", resolve));
  return async () => {
    child.kill("SIGTERM");
    const { output, errors } = await child.ended;
    expect(errors).toBe("");
    const said = JSON.parse(output.trim().split("\n").at(-1) ?? "");
    return said as { written: number; refusals: string[]; longestMs: number };
  };
}

const newer = (kind: DatabaseKind) => listMigrations(kind).filter((name) => name > RELEASE.newestMigration);

const applied = async (connection: SqlConnection) =>
  (await connection.all("SELECT migration_name FROM _prisma_migrations ORDER BY migration_name")).map((row) =>
    String(row.migration_name),
  );

describe.each<DatabaseKind>(["sqlite", "postgresql"])("an upgrade on %s", (kind) => {
  it("migrates while a proxy of the release before serves, which loses nothing and goes on afterwards", async () => {
    const older = await makeOlder(kind, EVENTS);
    const connection = await connect(older.url);
    const [{ n: before }] = (await connection.all("SELECT COUNT(*) AS n FROM request_event")) as [{ n: bigint }];
    const proxy = older.startProxy("ins_serving");
    const stopProbe = await startProbe(older.url, connection);
    await eventually(async () => expect(await countServed(connection)).toBeGreaterThan(100));

    const beganTick = performance.now();
    const { applied: names } = JSON.parse(await runChild("migrate", { url: older.url }));
    const tookMs = Math.round(performance.now() - beganTick);
    expect(names).toEqual(newer(kind));
    const probe = await stopProbe();
    // It serves and writes with the schema of this release beneath it.
    const count = await countServed(connection);
    await eventually(async () => expect(await countServed(connection)).toBeGreaterThan(count + 200));
    expect(await proxy.stop()).toBe(0);

    console.log(
      `${kind}: ${before} events, ${names.length} migrations in ${tookMs} ms (process and all); ${probe.written} writes beside it, longest wait ${probe.longestMs} ms, ${probe.refusals.length} refused`,
    );
    expect(probe.refusals).toEqual([]);
    expect(probe.longestMs).toBeLessThan(BUSY_MS);
    const [probes] = await connection.all("SELECT COUNT(*) AS n FROM request_event WHERE id LIKE 'probe%'");
    expect(probes?.n).toBe(BigInt(probe.written));
    await connection.all("DELETE FROM request_event WHERE id LIKE 'probe%'");
    const events = Number(before) + (await countServed(connection));
    // All of them are checked, wherever they are.
    expect(await verifyLedger(connection)).toMatchObject({ ok: true, events });
    expect(await missingAfterUpgrade(older, connection, proxy.saidFile)).toBe(0);
    expect((await verifyLedger(connection)).ok).toBe(true);
  });

  it("lets the release before write on after it lost its connection, though the database is newer", async () => {
    const older = await makeOlder(kind, 0);
    const connection = await connect(older.url);
    const proxy = older.startProxy("ins_serving");
    await eventually(async () => expect(await countServed(connection)).toBeGreaterThan(100));
    await migrateDatabase(older.url);
    if (kind === "postgresql") {
      await connection.all(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()",
      );
    } else {
      await connection.all("BEGIN IMMEDIATE"); // for longer than it waits: it closes, and opens again
      await new Promise((resolve) => setTimeout(resolve, BUSY_MS * 1.5));
      await connection.all("ROLLBACK");
    }
    const count = await countServed(connection);
    await eventually(async () => expect(await countServed(connection)).toBeGreaterThan(count + 200));
    expect(await proxy.stop()).toBe(0);

    expect(await missingAfterUpgrade(older, connection, proxy.saidFile)).toBe(0);
    expect(await verifyLedger(connection)).toMatchObject({ ok: true });
  });

  it("killed at any statement, leaves whole migrations and every event, and the next start goes on", async () => {
    const older = await makeOlder(kind, 0);
    const connection = await connect(older.url);
    const before = await fingerprint(connection);
    let kills = 0;
    let done = await applied(connection);
    const all = [...done, ...newer(kind)];
    // A kill later than the last commit adds a migration. Then the next migration is killed from its first statement
    // on.
    const seed = testSeed();
    const random = seededRandom(seed);
    const firstKill = () => Math.floor(random() * KILL_EVERY);
    for (let killAt = firstKill(); done.length < all.length; killAt += KILL_EVERY) {
      const { code, errors } = await startChild("migrate-killed", { url: older.url, killAt }).ended;
      expect(errors).toBe("");
      if (code !== 0) kills += 1;
      const now = await eventually(() => applied(connection));
      expect(now).toEqual(all.slice(0, now.length));
      expect(await fingerprint(connection)).toEqual(before);
      if (now.length > done.length) killAt = firstKill() - KILL_EVERY;
      done = now;
    }

    console.log(`${kind}: killed at ${kills} statements, seed ${seed}`);
    expect(kills).toBeGreaterThan((newer(kind).length * 4) / KILL_EVERY);
    expect((await migrateDatabase(older.url)).applied).toEqual([]);
    expect(await verifyLedger(connection)).toMatchObject({ ok: true });
  });
});
