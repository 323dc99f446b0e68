import { renameSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { issueProxyKey } from "#control/keys/issue.ts";
import { startMock } from "#mock/server.ts";
import { askForCost } from "./support/ask-for-cost.ts";
import { NO_RULES, type ProxyProcess, removeData, startProxy, until } from "./support/proxy-process.ts";
import { rounds } from "./support/rounds.ts";
import { sharedWorld } from "./support/shared-world.ts";
import { openSqliteFile } from "./support/sqlite-file.ts";

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

/** A key with a budget of forty requests, and a proxy that can be started again on the same data folder. */
async function worldOf(workers: number) {
  const mock = await startMock({ record: false });
  const { world, env, end } = await sharedWorld();
  const settings = { upstreamUrl: mock.url, rules: NO_RULES, env: { ...env, CCO_WORKERS: String(workers) } };
  let proxy = await startProxy(settings);
  onTestFinished(async () => {
    await proxy.stop("SIGKILL");
    removeData(proxy);
    await end();
    await mock.close();
  });
  const owner = await world.person("owner");
  const one = await issueProxyKey(owner, { name: "One" }, world.deps);
  await until(async () => (await askForCost(proxy, one.secret)).status === 200);
  const row = await until(() => world.deps.db.requestEvent.findFirst({ where: { proxyKeyId: one.key.id } }));
  const cost = Number(row.costNanoUsd);
  const { key, secret } = await issueProxyKey(owner, { name: "Agent", monthlyBudgetNanoUsd: PAID * cost }, world.deps);
  await until(async () => (await askForCost(proxy, secret)).status === 200);
  return {
    secret,
    proxy: () => proxy,
    databaseFile: env.DATABASE_URL.replace("file:", ""),
    /** Ends the proxy with this signal and starts it at once on what is left. */
    async restart(signal: NodeJS.Signals) {
      await proxy.stop(signal);
      proxy = await startProxy({ ...settings, dataDir: join(proxy.dataDir, "..") });
    },
    /** How many requests of the key the database has in the end, and what they cost in requests. */
    recorded: (count: number) =>
      until(async () => {
        const rows = await world.deps.db.requestEvent.findMany({ where: { proxyKeyId: key.id } });
        const whole = rows.filter(({ status }) => status === 200);
        return whole.length >= count
          ? rows.reduce((sum, { costNanoUsd }) => sum + Number(costNanoUsd), 0) / cost
          : null;
      }),
  };
}

describe.each([[1], [2]])("T22: the budget of a key over restarts, with CCO_WORKERS=%s", (workers) => {
  it.each(["SIGKILL", "SIGTERM"] as const)("holds after %s while the database answers", async (signal) => {
    const { secret, proxy, restart, recorded } = await worldOf(workers);
    let sum = 1 + (await spendAll(proxy(), secret));

    for (let round = 0; round < RESTARTS; round++) {
      await restart(signal);
      sum += served(await many(proxy(), secret, AT_ONCE));
    }

    expect(sum).toBeGreaterThanOrEqual(PAID);
    expect(sum).toBeLessThanOrEqual(PAID + BURST);
    expect(await recorded(sum)).toBe(sum);
  });

  it.each(["SIGKILL", "SIGTERM"] as const)("holds after %s while the database is locked", async (signal) => {
    const { secret, proxy, restart, recorded, databaseFile } = await worldOf(workers);
    const holder = openSqliteFile(databaseFile);
    await holder.execute("BEGIN EXCLUSIVE");
    let sum = 1 + (await spendAll(proxy(), secret));

    for (let round = 0; round < RESTARTS; round++) {
      await restart(signal);
      sum += served(await many(proxy(), secret, AT_ONCE));
    }

    expect(sum).toBeGreaterThanOrEqual(PAID);
    expect(sum).toBeLessThanOrEqual(PAID + BURST);
    await holder.execute("ROLLBACK");
    holder.close();
    expect(await recorded(sum)).toBe(sum);
  });

  it.each(["SIGKILL", "SIGTERM"] as const)("holds after %s while the database is away", async (signal) => {
    const { secret, proxy, restart, recorded, databaseFile } = await worldOf(workers);
    renameSync(databaseFile, `${databaseFile}.away`);
    let sum = 1 + (await spendAll(proxy(), secret));

    await restart(signal);
    sum += served(await many(proxy(), secret, AT_ONCE));

    expect(sum).toBeGreaterThanOrEqual(PAID);
    expect(sum).toBeLessThanOrEqual(PAID + BURST);
    renameSync(`${databaseFile}.away`, databaseFile);
    expect(await recorded(sum)).toBe(sum);
  });

  it("lets in what is left of it after a kill, and no more", async () => {
    const { secret, proxy, restart } = await worldOf(workers);
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
