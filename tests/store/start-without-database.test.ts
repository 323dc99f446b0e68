// Long because every way in which a database can be away or damaged at a start is tried. All are tried with the same
// helpers.
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { deserialize, serialize } from "node:v8";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { keptStateFile } from "#config/kept-state-file.ts";
import { issueProxyKey } from "#control/keys/issue.ts";
import { type Mock, startMock } from "#mock/server.ts";
import { KEYS_AGE_MAX_MS, readKeptState } from "#proxy/ledger/client/kept-state.ts";
import { eventPages } from "#store/events.ts";
import { Seal } from "#store/seal.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { damageTable, readTablePages } from "#tests/support/damage-table.ts";
import { freshRequest } from "#tests/support/fresh-request.ts";
import { type PostgresqlServer, startPostgresql } from "#tests/support/postgresql.ts";
import { ONE_RULE, type ProxyProcess, removeData, startProxy, until } from "#tests/support/proxy-process.ts";
import { sharedWorld } from "#tests/support/shared-world.ts";

let mock: Mock;
let server: PostgresqlServer;
beforeAll(async () => {
  mock = await startMock({ record: false });
  server = await startPostgresql();
});
afterAll(async () => {
  await mock?.close();
  await server?.stop();
});

/** Nothing answers there: what comes back is of the proxy. */
const CONSOLE_ELSEWHERE = "http://127.0.0.1:1";

const ask = (proxy: ProxyProcess, secret: string) =>
  freshRequest(`${proxy.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": secret, "content-type": "application/json", "anthropic-version": "2023-06-01" },
    body: '{"model":"claude-opus-5-5","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}',
  });

const readReadiness = async (proxy: ProxyProcess) => (await freshRequest(`${proxy.url}/readyz`)).status;
const readHealth = async (proxy: ProxyProcess) =>
  JSON.parse((await freshRequest(`${proxy.url}/health`)).text) as Record<string, unknown>;

const readMetrics = async (proxy: ProxyProcess) => (await freshRequest(`${proxy.url}/metrics`)).text;
const STATISTICS = ["overrides", "cache", "machine", "project"].map((name) => `/api/${name}/stats`);

/**
 * Checks that an unknown figure is neither 0 in a script's answer nor a sample of 0. From a sample of 0 the real count
 * would be a sudden rise.
 */
async function saysNoFigures(proxy: ProxyProcess) {
  for (const path of STATISTICS) expect((await freshRequest(`${proxy.url}${path}`)).status, path).toBe(503);
  const samples = (await readMetrics(proxy)).split("\n").filter((line) => line.startsWith("cco_installation_"));
  expect(samples.map((line) => line.replace(/\{.*\}/, "").split(" ")[1])).toEqual(["NaN", "NaN", "NaN", "NaN"]);
}

/**
 * A proxy that has served with a database, with two keys and its environment. One of the keys is held to a request a
 * minute.
 */
async function servedBefore(databaseUrl: string | undefined, workers: string) {
  const { world, env, end } = await sharedWorld(databaseUrl);
  onTestFinished(end);
  const owner = await world.person("owner");
  const free = (await issueProxyKey(owner, { name: "Free" }, world.deps)).secret;
  const slow = (await issueProxyKey(owner, { name: "Slow", requestsPerMinute: 1 }, world.deps)).secret;
  // A file that this process has open would not be the one that is put back.
  await world.deps.db.$disconnect();
  const options = {
    upstreamUrl: mock.url,
    rules: ONE_RULE,
    env: { ...env, CCO_WORKERS: workers, CCO_CONSOLE_URL: CONSOLE_ELSEWHERE },
  };
  const first = await startProxy(options);
  onTestFinished(() => removeData(first));
  await until(async () => (await readHealth(first)).rules_version !== null);
  const answer = await ask(first, free);
  expect([answer.status, answer.text]).toEqual([200, expect.anything()]);
  const file = keptStateFile(first.dataDir);
  const secret = () => readFileSync(join(first.dataDir, "session-secret"), "utf8").trim();
  await until(() => {
    const kept = existsSync(file) ? readKeptState({ file, secret: secret() }, Date.now()) : null;
    return kept?.messages.some((message) => message.kind === "state" && message.state.rules !== null);
  });
  expect(await first.stop()).toBe(0);
  const again = async () => {
    const proxy = await startProxy({ ...options, dataDir: join(first.dataDir, "..") });
    onTestFinished(async () => void (proxy.isAlive() && (await proxy.stop("SIGKILL"))));
    return proxy;
  };
  return { free, slow, file, again, databaseUrl: env.DATABASE_URL, dataDir: first.dataDir };
}

async function eventCount(databaseUrl: string): Promise<number> {
  const connection = await openSqlConnection(databaseUrl);
  try {
    let count = 0;
    for await (const events of eventPages(connection)) count += events.length;
    return count;
  } finally {
    await connection.close();
  }
}

describe.each([["1"], ["2"]])("a start without the database, CCO_WORKERS=%s", (workers) => {
  it("serves the kept rules and keys with their limits, reports the outage, and catches up later", async () => {
    const before = await servedBefore(await server.newDatabase(), workers);
    await server.halt();
    let isHalted = true;
    onTestFinished(async () => void (isHalted && (await server.resume())));

    const proxy = await before.again();

    expect(await readReadiness(proxy)).toBe(200);
    const answer = await ask(proxy, before.free);
    expect([answer.status, answer.headers["x-cco-served-model"]]).toEqual([200, "claude-haiku-5-5"]);
    expect((await ask(proxy, "cco_unknown")).status).toBe(401);
    expect((await ask(proxy, before.slow)).status).toBe(200);
    expect((await ask(proxy, before.slow)).status).toBe(429);
    expect(await readHealth(proxy)).toMatchObject({
      status: "ok",
      database: "away",
      database_since: expect.stringMatching(/^\d{4}-/),
      keys_from: "disk",
      rules_version: 1,
      events_dropped: 0,
      cache_hits: null,
    });
    await saysNoFigures(proxy);
    await until(() => proxy.output().includes("serve meanwhile"));

    await server.resume();
    isHalted = false;
    await until(async () => {
      const now = await readHealth(proxy);
      return now.database === "ok" && now.keys_from === "database" && now.spool_bytes === 0;
    });
    expect((await ask(proxy, before.free)).status).toBe(200);
    await until(async () => /^cco_installation_cost_usd \d/m.test(await readMetrics(proxy)));
    for (const path of STATISTICS) expect((await freshRequest(`${proxy.url}${path}`)).status, path).toBe(200);
    expect(await proxy.stop()).toBe(0);
    // Four answers, and the refusal by the limit of requests a minute.
    expect(await eventCount(before.databaseUrl)).toBe(5);
  });
});

it.each([["1"], ["2"]])(
  "ends with 69 when the database that comes back was used by a newer CCO, CCO_WORKERS=%s",
  async (workers) => {
    const before = await servedBefore(await server.newDatabase(), workers);
    const connection = await openSqlConnection(before.databaseUrl);
    await connection.all("UPDATE _prisma_migrations SET migration_name = '29990101000000_future'");
    await connection.close();
    await server.halt();
    let isHalted = true;
    onTestFinished(async () => void (isHalted && (await server.resume())));
    const proxy = await before.again();
    expect((await ask(proxy, before.free)).status).toBe(200);

    await server.resume();
    isHalted = false;

    expect(await proxy.ended()).toBe(69);
    expect(proxy.output()).toContain("This database was used by a newer CCO (migration 29990101000000_future).");
  },
);

describe("the kept state on disk", () => {
  it("is sealed, readable by its owner only, and has no plain secret", async () => {
    const { file, free } = await servedBefore(undefined, "1");

    expect(statSync(file).mode & 0o777).toBe(0o600);
    const bytes = readFileSync(file, "latin1");
    expect(bytes).not.toContain(free);
    expect(bytes).not.toContain("Free");
  });

  it("is not served when it is older than keys may be, so that a revoked key ends", async () => {
    const before = await servedBefore(await server.newDatabase(), "1");
    const seal = new Seal(readFileSync(join(before.dataDir, "session-secret"), "utf8").trim());
    const kept = deserialize(seal.open(basename(before.file), readFileSync(before.file)) ?? Buffer.alloc(0));
    kept.confirmedAtMs -= KEYS_AGE_MAX_MS;
    writeFileSync(before.file, seal.close(basename(before.file), serialize(kept)));
    await server.halt();
    onTestFinished(server.resume);

    const proxy = await before.again();

    expect(await readReadiness(proxy)).toBe(503);
    expect((await ask(proxy, before.free)).status).toBe(503);
  });

  it("is not served when it was changed or sealed by another installation", async () => {
    const before = await servedBefore(await server.newDatabase(), "1");
    rmSync(join(before.dataDir, "session-secret"));
    await server.halt();
    onTestFinished(server.resume);

    expect(await readReadiness(await before.again())).toBe(503);
  });
});

it("a damaged SQLite file is reported with the fix, and its rules and keys serve until it is replaced", async () => {
  const before = await servedBefore(undefined, "1");
  const database = before.databaseUrl.slice("file:".length);
  const connection = await openSqlConnection(before.databaseUrl);
  await connection.all("PRAGMA wal_checkpoint(TRUNCATE)");
  await connection.close();
  copyFileSync(database, `${database}.good`);
  rmSync(database);
  for (const end of ["-wal", "-shm"]) rmSync(`${database}${end}`, { force: true });
  writeFileSync(database, "this is not a database in spite of its name".repeat(200));

  const proxy = await before.again();

  expect(await readReadiness(proxy)).toBe(200);
  expect((await ask(proxy, before.free)).status).toBe(200);
  const { ledger_problem } = await readHealth(proxy);
  expect(ledger_problem).toMatch(
    /cco\.db is damaged .*move it and its -wal and -shm files aside, and run cco restore with the newest backup/,
  );
  expect(String(ledger_problem)).not.toContain("DATABASE_URL");

  const page = await freshRequest(`${proxy.url}/sign-in`, { headers: { accept: "text/html" } });
  expect([page.status, page.headers["content-type"]]).toEqual([503, "text/html; charset=utf-8"]);
  for (const text of ["The database is unavailable", "Still works", "Model traffic", "Sign-in", "Version 1 goes on"])
    expect(page.text).toContain(text);
  if (process.env.CCO_KEEP_PAGE) writeFileSync(process.env.CCO_KEEP_PAGE, page.text);
  const api = await freshRequest(`${proxy.url}/api/overview`);
  expect([api.status, JSON.parse(api.text)]).toEqual([
    503,
    {
      error: "The database is unavailable. Model traffic continues; the console returns when the database does.",
      code: "SERVICE_UNAVAILABLE",
      timestamp: expect.any(String),
      details: {},
    },
  ]);

  for (const end of ["", "-wal", "-shm"]) rmSync(`${database}${end}`, { force: true });
  copyFileSync(`${database}.good`, `${database}.new`);
  renameSync(`${database}.new`, database);
  await until(async () => (await readHealth(proxy)).database === "ok");
  expect(JSON.parse((await freshRequest(`${proxy.url}/api/overview`)).text).error).toContain("console is starting");
  expect(await proxy.stop()).toBe(0);
  expect(await eventCount(before.databaseUrl)).toBe(2);
});

it.each([["1"], ["2"]])(
  "a SQLite file that is damaged in its statistics only leaves the start ready, and is written once it is whole, CCO_WORKERS=%s",
  async (workers) => {
    const before = await servedBefore(undefined, workers);
    const database = before.databaseUrl.slice("file:".length);
    const pages = await readTablePages(database);
    copyFileSync(database, `${database}.good`);
    damageTable(database, "rollup_quarter", pages);

    const proxy = await before.again();

    expect(await readReadiness(proxy)).toBe(200);
    const answer = await ask(proxy, before.free);
    expect([answer.status, answer.headers["x-cco-served-model"]]).toEqual([200, "claude-haiku-5-5"]);
    expect(await readHealth(proxy)).toMatchObject({
      status: "ok",
      rules_version: 1,
      keys_from: "database",
      database: "away",
      ledger_problem: expect.stringMatching(/cco\.db is damaged/),
    });
    await until(async () => Number((await readHealth(proxy)).spool_bytes) > 0);

    for (const end of ["-wal", "-shm"]) rmSync(`${database}${end}`, { force: true });
    renameSync(`${database}.good`, database);
    await until(async () => {
      const now = await readHealth(proxy);
      return now.database === "ok" && now.spool_bytes === 0;
    });
    expect(await proxy.stop()).toBe(0);
    expect(await eventCount(before.databaseUrl)).toBe(2);
  },
);
