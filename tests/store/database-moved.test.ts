// Long because the same loss is tried on both databases, with one and two workers, and in the console.

import { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { keptStateFile } from "#config/kept-state-file.ts";
import { databaseRefusal } from "#control/database-away.ts";
import { controlDeps } from "#control/deps.ts";
import { issueProxyKey } from "#control/keys/issue.ts";
import { type Mock, startMock } from "#mock/server.ts";
import { openDatabase } from "#store/client.ts";
import { migrateDatabase } from "#store/migrate.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { inTransaction } from "#store/transaction.ts";
import { makeControlWorld } from "#tests/support/control-world.ts";
import { freshRequest } from "#tests/support/fresh-request.ts";
import { type PostgresqlServer, startPostgresql } from "#tests/support/postgresql.ts";
import { ONE_RULE, type ProxyProcess, removeData, startProxy, until } from "#tests/support/proxy-process.ts";
import { runCco } from "#tests/support/run-cco.ts";
import { scratchFolder } from "#tests/support/scratch.ts";
import { sharedWorld } from "#tests/support/shared-world.ts";

let mock: Mock;
beforeAll(async () => {
  mock = await startMock({ record: false });
});
afterAll(() => mock.close());

const CONSOLE_ELSEWHERE = "http://127.0.0.1:1";
const FILES = ["", "-wal", "-shm"];

/** Moves a SQLite file with what belongs to it. */
function move(from: string, to: string): void {
  for (const end of FILES) if (existsSync(from + end)) renameSync(from + end, to + end);
}

const ask = (proxy: ProxyProcess, secret: string) =>
  freshRequest(`${proxy.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": secret, "content-type": "application/json", "anthropic-version": "2023-06-01" },
    body: '{"model":"claude-opus-5-5","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}',
  });

const readHealth = async (proxy: ProxyProcess) =>
  JSON.parse((await freshRequest(`${proxy.url}/health`)).text) as Record<string, unknown>;

/** A proxy that serves with a SQLite file, and has kept what the file says. */
async function serving(workers: string) {
  const { world, env, end } = await sharedWorld();
  onTestFinished(end);
  const owner = await world.person("owner");
  const { secret } = await issueProxyKey(owner, { name: "Laptop" }, world.deps);
  await world.deps.db.$disconnect();
  const options = {
    upstreamUrl: mock.url,
    rules: ONE_RULE,
    env: { ...env, CCO_WORKERS: workers, CCO_CONSOLE_URL: CONSOLE_ELSEWHERE },
  };
  const start = async (dataDir?: string) => {
    const proxy = await startProxy({ ...options, ...(dataDir === undefined ? {} : { dataDir: join(dataDir, "..") }) });
    onTestFinished(async () => void (proxy.isAlive() && (await proxy.stop("SIGKILL"))));
    return proxy;
  };
  const proxy = await start();
  onTestFinished(() => removeData(proxy));
  await until(async () => (await readHealth(proxy)).rules_version !== null);
  await until(() => existsSync(keptStateFile(proxy.dataDir)));
  expect((await ask(proxy, secret)).status).toBe(200);
  return { proxy, secret, start, env, file: env.DATABASE_URL.slice("file:".length) };
}

/** The error of every call while the file is not there. */
async function expectAway(proxy: ProxyProcess, secret: string, problem: RegExp): Promise<void> {
  await until(async () => {
    const { database, ledger_problem } = await readHealth(proxy);
    return database === "away" && problem.test(String(ledger_problem));
  });
  const answer = await ask(proxy, secret);
  expect([answer.status, answer.headers["x-cco-served-model"]]).toEqual([200, "claude-haiku-5-5"]);
  const page = await freshRequest(`${proxy.url}/sign-in`, { headers: { accept: "text/html" } });
  expect([page.status, page.text]).toEqual([503, expect.stringContaining("The database is unavailable")]);
  expect((await freshRequest(`${proxy.url}/api/keys`)).status).toBe(503);
}

async function expectBack(proxy: ProxyProcess, secret: string): Promise<void> {
  await until(async () => {
    const { database, keys_from, spool_bytes } = await readHealth(proxy);
    return database === "ok" && keys_from === "database" && spool_bytes === 0;
  });
  expect((await ask(proxy, secret)).status).toBe(200);
  // The console is asked again; here it is not started.
  expect((await freshRequest(`${proxy.url}/api/keys`)).text).toContain("console is starting");
}

describe.each([["1"], ["2"]])("a SQLite file that is not where it was, CCO_WORKERS=%s", (workers) => {
  it("serves what is kept while the file is gone, makes no new one, and goes on when it is back", async () => {
    const { proxy, secret, file, start } = await serving(workers);

    move(file, `${file}.moved`);
    await expectAway(
      proxy,
      secret,
      /cco\.db is not there, though CCO has run with a database on this data folder: put it back.*remove last-good-state/,
    );
    expect(existsSync(file)).toBe(false);
    move(`${file}.moved`, file);
    await expectBack(proxy, secret);

    expect(await proxy.stop()).toBe(0);
    move(file, `${file}.moved`);
    const again = await start(proxy.dataDir);
    await expectAway(again, secret, /cco\.db is not there/);
    expect(await readHealth(again)).toMatchObject({ status: "ok", keys_from: "disk" });
    expect(existsSync(file)).toBe(false);
    move(`${file}.moved`, file);
    await expectBack(again, secret);
    expect(await again.stop()).toBe(0);
  });
});

it("does not take an empty file in the place of the database for one, but a backup at once", async () => {
  const { proxy, secret, file } = await serving("1");
  move(file, `${file}.moved`);
  writeFileSync(file, "");

  await expectAway(proxy, secret, /cco\.db is empty, though CCO has run with a database/);
  expect(statSync(file).size).toBe(0);

  move(`${file}.moved`, file);
  await expectBack(proxy, secret);
  expect(await proxy.stop()).toBe(0);
});

it("begins with a new database once nothing is kept of the former one, as it says", async () => {
  const { proxy, secret, file, start } = await serving("1");
  expect(await proxy.stop()).toBe(0);
  move(file, `${file}.moved`);
  rmSync(keptStateFile(proxy.dataDir));

  const again = await start(proxy.dataDir);

  await until(async () => (await readHealth(again)).database === "ok");
  // Not ready until the new database has said what it holds.
  const answered = await until(async () => {
    const { status } = await ask(again, secret);
    return status === 503 ? null : status;
  });
  expect(answered).toBe(401);
  expect(await again.stop()).toBe(0);
});

it("`cco run` starts with the kept rules and keys when the file is gone, and makes no new one", async () => {
  const { proxy, secret, file, env } = await serving("1");
  expect(await proxy.stop()).toBe(0);
  move(file, `${file}.moved`);

  const cco = runCco(["run", "--no-console"], {
    ...env,
    CCO_PORT: "0",
    CCO_CONFIG: proxy.rulesFile,
    CCO_DATA_DIR: proxy.dataDir,
    CCO_UPSTREAM_URL: mock.url,
  });
  onTestFinished(() => cco.stop());
  const [, url = ""] = await cco.line(/^CCO started on (\S+)$/m);

  expect((await ask({ ...proxy, url }, secret)).status).toBe(200);
  expect(cco.stderr()).toMatch(/cco\.db is not there.*Starting without it, by what was kept/);
  expect(readdirSync(join(file, ".."))).not.toContain("cco.db");
});

describe("PostgreSQL", () => {
  let server: PostgresqlServer;
  beforeAll(async () => {
    server = await startPostgresql();
  });
  afterAll(() => server.stop());

  it("that hangs at the start of `cco run` is waited for as long as one that refuses", async () => {
    const folder = scratchFolder();
    const env = {
      CCO_PORT: "0",
      CCO_DATA_DIR: join(folder, "data"),
      CCO_UPSTREAM_URL: mock.url,
      DATABASE_URL: await server.newDatabase(),
    };
    const first = runCco(["run", "--no-console"], env);
    onTestFinished(() => first.stop());
    await first.line(/^Override rules loaded/m);
    await until(() => existsSync(keptStateFile(env.CCO_DATA_DIR)));
    await first.stop();
    server.signal("SIGSTOP");
    onTestFinished(() => server.signal("SIGCONT"));

    const startedTick = performance.now();
    const cco = runCco(["run", "--no-console"], env);
    onTestFinished(() => cco.stop());
    await until(() => /Starting without it, by what was kept/.test(cco.stderr()));
    // This limit used to be 20 s. What is left of it is the start of a program on a busy machine.
    expect(performance.now() - startedTick).toBeLessThan(15_000);
    await cco.line(/^CCO started on/m);
  });

  it("that was emptied is not filled with a new database", async () => {
    const url = await server.newDatabase();

    await expect(migrateDatabase(url, { mustExist: true })).rejects.toMatchObject({ missing: "empty" });

    const connection = await openSqlConnection(url);
    expect(await connection.all("SELECT 1 FROM pg_tables WHERE schemaname = 'public'")).toEqual([]);
    await connection.close();
    await migrateDatabase(url);
    expect(await migrateDatabase(url, { mustExist: true })).toEqual({ applied: [] });
  });
});

describe("the console", () => {
  it("makes no file where its database was, and opens the one that is put there", async () => {
    const file = join(scratchFolder(), "cco.db");
    await migrateDatabase(`file:${file}`);
    const before = { ...process.env };
    Object.assign(process.env, { DATABASE_URL: `file:${file}`, CCO_DATA_DIR: scratchFolder() });
    onTestFinished(() => {
      process.env = before;
    });
    const first = await controlDeps();
    expect(await controlDeps()).toBe(first);

    move(file, `${file}.moved`);
    const refusal = await controlDeps().catch((error: unknown) => error);
    expect(databaseRefusal(refusal)).toBe("database.away");
    expect(existsSync(file)).toBe(false);

    move(`${file}.moved`, file);
    const { db } = await controlDeps();
    expect(await db.person.count()).toBe(0);
    await db.$disconnect();
  });

  it("makes no file when the database is moved away between two statements", async () => {
    const file = join(scratchFolder(), "cco.db");
    await migrateDatabase(`file:${file}`);
    const db = await openDatabase(`file:${file}`);
    // The driver opens the file once more after a transaction.
    await inTransaction(db, async () => {});
    move(file, `${file}.moved`);

    const refusal = await db.person.count().catch((error: unknown) => error);

    expect(databaseRefusal(refusal)).toBe("database.away");
    expect(existsSync(file)).toBe(false);
    await db.$disconnect();
  });

  it("says that the disk is full, or that another process holds the lock, and not that it failed", async () => {
    const file = join(scratchFolder(), "cco.db");
    const world = await makeControlWorld({ databaseUrl: `file:${file}` });
    onTestFinished(() => world.end());
    const owner = await world.person("owner");
    const { deps } = world;
    const issue = (name: string) => issueProxyKey(owner, { name }, deps).catch((error: unknown) => error);
    const toCode = (error: unknown) => (error as { code?: string }).code;
    const toRefusal = (error: unknown) => databaseRefusal(error) ?? toCode(error);

    // As many pages as there are: the next one finds no room, as on a full disk.
    let refused: unknown;
    for (let count = 0; count < 200 && !(refused instanceof Error); count += 1) {
      await deps.db.$queryRawUnsafe("PRAGMA max_page_count=1");
      refused = await issue(`Key ${count}`);
    }
    expect(toRefusal(refused)).toBe("database.full");

    const other = await openSqlConnection(`file:${file}`);
    await other.all("BEGIN IMMEDIATE");
    const locked = await openDatabase(`file:${file}`, { timeoutMs: 50 });
    const refusal = await issueProxyKey(owner, { name: "Late" }, { ...deps, db: locked }).catch(
      (error: unknown) => error,
    );
    expect(toRefusal(refusal)).toBe("database.unwritable");
    await other.all("ROLLBACK");
    await other.close();
    await locked.$disconnect();
  });
});
