import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openSqlConnection } from "#store/sql-connection.ts";
import { verifyLedger } from "#store/verify-ledger.ts";
import { BalancedPair, SteadyLoad } from "#tests/support/balanced-pair.ts";
import { type FaultProxy, startFaultProxy } from "#tests/support/fault-proxy.ts";
import { startNginx } from "#tests/support/nginx.ts";
import { until } from "#tests/support/proxy-process.ts";
import { type RedisServer, startRedis } from "#tests/support/redis.ts";

const shipped = readFileSync(join(import.meta.dirname, "../../deploy/nginx/cco.conf"), "utf8");
/** Requests of a load at once, and some for those that begin while others end. */
const CONCURRENT = 22;
/** Requests that are asked while a fault is in force. */
const DURING = 400;

const pair = new BalancedPair();
let redis: RedisServer;
let database: FaultProxy;
let memory: FaultProxy;
let databaseUrl = "";
/** Requests of all tests so far: each of them must be in the books in the end. */
let asked = 0;

beforeAll(async () => {
  redis = await startRedis();
  memory = await startFaultProxy(redis.url);
  await pair.start(shipped, startNginx, async (url) => {
    databaseUrl = url;
    database = await startFaultProxy(url);
    return { DATABASE_URL: database.url, CCO_REDIS_URL: memory.url };
  });
});
afterEach(async () => {
  await Promise.all([database.set("none"), memory.set("none")]);
});
afterAll(async () => {
  await pair.stop();
  await Promise.all([database?.stop(), memory?.stop()]);
  await redis?.stop();
});

type Health = Record<string, unknown>;
type Noticed = (health: Health) => boolean;
const databaseAway: Noticed = (health) => health.ledger_problem !== null;
const memoryAway: Noticed = (health) => health.shared_memory === "away";
const nothingAway: Noticed = (health) => !databaseAway(health) && !memoryAway(health);

/** What goes wrong, and what an operator sees of it at an instance. */
const FAULTS: [string, () => Promise<unknown>, Noticed][] = [
  ["PostgreSQL is cut off", () => database.set("cut"), databaseAway],
  ["PostgreSQL hangs", () => database.set("hang"), databaseAway],
  ["PostgreSQL answers 150 ms late", () => database.set({ delayMs: 150 }), nothingAway],
  ["Redis is cut off", () => memory.set("cut"), memoryAway],
  ["Redis hangs", () => memory.set("hang"), memoryAway],
  ["Redis answers 150 ms late", () => memory.set({ delayMs: 150 }), () => true],
  ["Redis is emptied", () => redis.client.flushall(), nothingAway],
  [
    "both hang",
    () => Promise.all([database.set("hang"), memory.set("hang")]),
    (health) => databaseAway(health) && memoryAway(health),
  ],
];

describe("two instances behind nginx with one PostgreSQL and one Redis", () => {
  it.each(FAULTS)(
    "answer every request and keep all their events when %s under load",
    {
      timeout: 180_000,
    },
    async (name, begin, isNoticed) => {
      const load = await underLoad(name, async ({ asked: before }, goesOn) => {
        await begin();
        await goesOn(before + DURING);
        for (const at of [0, 1]) await until(async () => isNoticed(await readHealth(at)));
        await Promise.all([database.set("none"), memory.set("none")]);
      });
      asked += load.asked;

      expect(load.turnedAway).toEqual([]);
      expect(load.broken).toEqual([]);
      expect(load.notOnce()).toEqual([]);
      await allRecovered();
      expect(await ledger()).toMatchObject({ ok: true, events: asked });
    },
  );

  it("keep every event when one of them is killed under load, and turn no new request away", {
    timeout: 180_000,
  }, async () => {
    let restartedAt = 0;
    const load = await underLoad("killed", async (running, goesOn) => {
      await pair.restart(0, "SIGKILL");
      restartedAt = running.asked;
      await goesOn(restartedAt + DURING);
    });

    // What was under way on the killed one breaks; hundreds that are asked while it is away do not.
    const lost = [...load.turnedAway.map((text) => Number.parseInt(text, 10)), ...load.broken];
    expect(lost.length).toBeLessThanOrEqual(CONCURRENT);
    expect(lost.filter((id) => id > restartedAt)).toEqual([]);
    await allRecovered();
    const books = await ledger();
    expect(books).toMatchObject({ ok: true });
    // A request that the provider received has its event, also when nothing is known of its answer.
    const received = [...pair.mock.served].filter(([id]) => id.startsWith("request-killed"));
    expect(books.events).toBeGreaterThanOrEqual(asked + received.length - lost.length);
    expect(books.events).toBeLessThanOrEqual(asked + load.asked);
  });
});

/** Runs the work while callers ask without a pause; `goesOn` resolves once more than `count` requests were asked. */
async function underLoad(
  name: string,
  work: (running: SteadyLoad, goesOn: (count: number) => Promise<unknown>) => Promise<void>,
): Promise<SteadyLoad> {
  const load = new SteadyLoad(pair, name);
  const goesOn = (count: number) => until(() => load.asked > count);
  try {
    await goesOn(50);
    await work(load, goesOn);
  } finally {
    await load.end();
  }
  return load;
}

async function readHealth(at: number): Promise<Health> {
  const headers = { authorization: `Bearer ${pair.accessToken}` };
  return (await (await fetch(`${pair.instance(at).url}/health`, { headers })).json()) as Health;
}

async function allRecovered(): Promise<void> {
  for (const at of [0, 1])
    await until(async () => {
      const health = await readHealth(at);
      return health.spool_bytes === 0 && nothingAway(health);
    });
}

async function ledger() {
  const connection = await openSqlConnection(databaseUrl);
  return verifyLedger(connection).finally(() => connection.close());
}
