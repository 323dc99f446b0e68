import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { type Mock, startMock } from "#mock/server.ts";
import { eventPages } from "#store/events.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { verifyLedger } from "#store/verify-ledger.ts";
import { askMany, failed } from "#tests/support/ask-many.ts";
import { diskFaults } from "#tests/support/disk-faults.ts";
import { type PostgresqlServer, startPostgresql } from "#tests/support/postgresql.ts";
import { clearAway, ONE_RULE, type ProxyProcess, startProxy, until } from "#tests/support/proxy-process.ts";
import { scratchFolder } from "#tests/support/scratch.ts";
import { fillUp, mountSmall } from "#tests/support/small-disk.ts";
import { openSqliteFile } from "#tests/support/sqlite-file.ts";

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

/** A database that can be taken away and given back. */
interface Trouble {
  url: string;
  env?: Record<string, string>;
  begin(): void | Promise<void>;
  end(): void | Promise<void>;
}

const file = (folder: string) => `file:${join(folder, "cco.db")}`;

/** Another process holds the write lock, as a backup or a stuck migration would. */
async function locked(): Promise<Trouble> {
  const url = file(scratchFolder());
  let release = async () => {};
  return {
    url,
    async begin() {
      const client = openSqliteFile(url.slice("file:".length));
      const lock = await client.transaction("write");
      release = async () => {
        await lock.rollback();
        client.close();
      };
    },
    end: () => release(),
  };
}

/** A real small disk where one may be mounted; else one whose writes are refused. */
async function full(): Promise<Trouble> {
  const folder = join(scratchFolder(), "disk");
  mkdirSync(folder);
  if (!mountSmall(folder, 4 * 1024 * 1024)) {
    const { env, begin, end } = diskFaults({ path: "/cco.db", fullPercent: 100 });
    return { url: file(folder), env, begin, end };
  }
  let empty = () => {};
  return {
    url: file(folder),
    begin() {
      empty = fillUp(folder);
    },
    end: () => empty(),
  };
}

async function hanging(): Promise<Trouble> {
  const url = await server.newDatabase();
  return { url, begin: () => server.signal("SIGSTOP"), end: () => server.signal("SIGCONT") };
}

async function stopped(): Promise<Trouble> {
  return { url: await server.newDatabase(), begin: server.halt, end: server.resume };
}

describe.each([
  ["locked (SQLite)", locked],
  ["without room on its disk (SQLite)", full],
  ["hanging (PostgreSQL)", hanging],
  ["stopped (PostgreSQL)", stopped],
])("R4: while the database is %s", (_kind, makeTrouble) => {
  it("serves every request, shows the backlog, and loses nothing", async () => {
    const trouble = await makeTrouble();
    const env = { DATABASE_URL: trouble.url, ...trouble.env };
    const proxy = await startProxy({ upstreamUrl: mock.url, rules: ONE_RULE, env });
    onTestFinished(() => clearAway(proxy));
    const before = await askMany(proxy.url, 50);
    await until(async () => (await health(proxy)).spool_bytes === 0);

    await trouble.begin();
    const during = await askMany(proxy.url, 400);
    const seen = await until(async () => {
      const now = await health(proxy);
      return now.ledger_problem !== null && now;
    }).finally(() => trouble.end());
    const after = await askMany(proxy.url, 20);

    expect(failed([...before, ...during, ...after])).toEqual([]);
    expect(seen).toMatchObject({ status: "ok", spool_state: "ok", events_dropped: 0 });
    expect(seen.spool_bytes).toBeGreaterThan(100_000);
    expect(seen.events_oldest_seconds).toBeGreaterThan(0);
    await until(async () => {
      const { spool_bytes, ledger_problem } = await health(proxy);
      return spool_bytes === 0 && ledger_problem === null;
    });
    expect(await proxy.stop()).toBe(0);
    const { endings, problems } = await readLedger(trouble.url);
    expect(problems).toEqual([]);
    expect(endings.size).toBe(470);
    expect([...before, ...during, ...after].filter(({ id }) => endings.get(id) !== "complete")).toEqual([]);
  });
});

it("R4: SIGTERM ends a proxy whose database hangs, and the next start takes over its spool", async () => {
  const { url, begin, end } = await hanging();
  const options = { upstreamUrl: mock.url, rules: ONE_RULE, env: { DATABASE_URL: url } };
  const first = await startProxy(options);
  onTestFinished(() => clearAway(first));
  await askMany(first.url, 10);
  await until(async () => (await health(first)).spool_bytes === 0);
  begin();
  const during = await askMany(first.url, 50);
  expect(await first.stop().finally(end)).toBe(0);

  const second = await startProxy({ ...options, dataDir: join(first.dataDir, "..") });
  onTestFinished(() => clearAway(second));
  await until(async () => (await health(second)).spool_left_behind_bytes === 0);
  expect(await second.stop()).toBe(0);

  const { endings, problems } = await readLedger(url);
  expect([problems, failed(during)]).toEqual([[], []]);
  expect(during.filter(({ id }) => endings.get(id) !== "complete")).toEqual([]);
});

interface Health {
  status: string;
  ledger_problem: string | null;
  spool_state: string;
  spool_bytes: number;
  spool_left_behind_bytes: number;
  events_oldest_seconds: number | null;
  events_dropped: number;
}

const health = async (proxy: ProxyProcess): Promise<Health> =>
  (await (await fetch(`${proxy.url}/health`)).json()) as Health;

async function readLedger(url: string) {
  const connection = await openSqlConnection(url);
  try {
    const endings = new Map<string, string>();
    for await (const events of eventPages(connection)) for (const event of events) endings.set(event.id, event.ended);
    return { endings, problems: (await verifyLedger(connection, [loadCatalogue()])).problems };
  } finally {
    await connection.close();
  }
}
