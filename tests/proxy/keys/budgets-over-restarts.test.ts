import { renameSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { issueProxyKey } from "#control/keys/issue.ts";
import { startMock } from "#mock/server.ts";
import { listEvents } from "#store/events.ts";
import { askForCost } from "#tests/support/ask-for-cost.ts";
import { NO_RULES, type ProxyProcess, removeData, startProxy, until } from "#tests/support/proxy-process.ts";
import { rounds } from "#tests/support/rounds.ts";
import { sharedWorld } from "#tests/support/shared-world.ts";
import { openSqliteFile } from "#tests/support/sqlite-file.ts";

/** How many requests a budget of these tests pays for. */
const PAID = 40;
const AT_ONCE = 50;
const BURST = 8;
/** Times that a proxy is started on what the one before it left. Twenty in `npm run test:chaos`. */
const RESTARTS = rounds(1);

const served = (answers: readonly { status: number }[]) => answers.filter(({ status }) => status === 200).length;
const many = (proxy: ProxyProcess, secret: string, count: number) =>
  Promise.all(Array.from({ length: count }, () => askForCost(proxy, secret)));

/** Bursts until the budget is spent; how many requests were let in. */
async function spendAll(proxy: ProxyProcess, secret: string): Promise<number> {
  for (let sum = 0; ; ) {
    const answers = await many(proxy, secret, BURST);
    sum += served(answers);
    if (answers.every(({ headers }) => headers["x-should-retry"] === "false")) return sum;
  }
}

/**
 * A proxy that is started again and again on the same data folder. With it come keys with a budget of forty requests
 * each.
 */
async function startWorld(workers: number) {
  const mock = await startMock({ record: false });
  const { world, env, end } = await sharedWorld();
  const settings = { upstreamUrl: mock.url, rules: NO_RULES, env: { ...env, CCO_WORKERS: String(workers) } };
  let proxy = await startProxy(settings);
  const owner = await world.person("owner");
  const one = await issueProxyKey(owner, { name: "One" }, world.deps);
  await until(async () => (await askForCost(proxy, one.secret)).status === 200);
  const ofOne = { proxyKeyId: one.key.id };
  const row = await until(async () => (await listEvents(world.deps.db, ofOne, { take: 1 }))[0] ?? null);
  const cost = Number(row.costNanoUsd);
  return {
    /** A new key for one test; it has paid for one request. */
    async newKey(name: string) {
      const { key, secret } = await issueProxyKey(owner, { name, monthlyBudgetNanoUsd: PAID * cost }, world.deps);
      await until(async () => (await askForCost(proxy, secret)).status === 200);
      return { id: key.id, secret };
    },
    proxy: () => proxy,
    databaseFile: env.DATABASE_URL.replace("file:", ""),
    /** Ends the proxy with this signal and starts it at once on what is left. */
    async restart(signal: NodeJS.Signals) {
      await proxy.stop(signal);
      proxy = await startProxy({ ...settings, dataDir: join(proxy.dataDir, "..") });
    },
    /** How many requests of a key the database has in the end, and what they cost in requests. */
    recorded: (keyId: string, count: number) =>
      until(async () => {
        const rows = await listEvents(world.deps.db, { proxyKeyId: keyId }, { take: 10_000 });
        const whole = rows.filter(({ status }) => status === 200);
        return whole.length >= count
          ? rows.reduce((sum, { costNanoUsd }) => sum + Number(costNanoUsd), 0) / cost
          : null;
      }),
    async end() {
      await proxy.stop("SIGKILL");
      removeData(proxy);
      await end();
      await mock.close();
    },
  };
}

/** Takes the database away from the proxy; what gives it back, once. */
const troubles = {
  async "while the database answers"() {
    return async () => {};
  },
  async "while the database is locked"(file: string) {
    const holder = openSqliteFile(file);
    await holder.execute("BEGIN EXCLUSIVE");
    return async () => {
      await holder.execute("ROLLBACK");
      holder.close();
    };
  },
  async "while the database is away"(file: string) {
    renameSync(file, `${file}.away`);
    return async () => renameSync(`${file}.away`, file);
  },
};

describe.each([[1], [2]])("T22: the budget of a key over restarts, with CCO_WORKERS=%s", (workers) => {
  let world: Awaited<ReturnType<typeof startWorld>>;
  beforeAll(async () => {
    world = await startWorld(workers);
  });
  afterAll(() => world?.end());

  describe.each(Object.entries(troubles))("%s", (_, begin) => {
    it.each(["SIGKILL", "SIGTERM"] as const)("holds after %s", async (signal) => {
      const { proxy, restart, recorded } = world;
      const { id, secret } = await world.newKey(signal);
      const end = await begin(world.databaseFile);
      let sum = 1;
      try {
        sum += await spendAll(proxy(), secret);
        for (let round = 0; round < RESTARTS; round++) {
          await restart(signal);
          sum += served(await many(proxy(), secret, AT_ONCE));
        }
      } finally {
        await end();
      }

      expect(sum).toBeGreaterThanOrEqual(PAID);
      expect(sum).toBeLessThanOrEqual(PAID + BURST);
      expect(await recorded(id, sum)).toBe(sum);
    });
  });

  it("lets in what is left of it after a kill, and no more", async () => {
    const { proxy, restart } = world;
    const { secret } = await world.newKey("Agent");
    let sum = 1 + served(await many(proxy(), secret, PAID / 2));
    await restart("SIGKILL");
    sum += served(await many(proxy(), secret, 4));
    await restart("SIGKILL");
    expect(sum).toBe(PAID / 2 + 5);
    sum += await spendAll(proxy(), secret);
    expect(sum).toBeGreaterThanOrEqual(PAID);
    expect(sum).toBeLessThanOrEqual(PAID + BURST);
  });
});
