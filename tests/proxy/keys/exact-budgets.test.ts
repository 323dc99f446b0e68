import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { issueProxyKey } from "#control/keys/issue.ts";
import { startMock } from "#mock/server.ts";
import { listEvents } from "#store/events.ts";
import { bumpRevision } from "#store/revision.ts";
import { inTransaction } from "#store/transaction.ts";
import { askForCost } from "#tests/support/ask-for-cost.ts";
import type { ControlWorld } from "#tests/support/control-world.ts";
import { NO_RULES, type ProxyProcess, removeData, startProxy, until } from "#tests/support/proxy-process.ts";
import { sharedWorld } from "#tests/support/shared-world.ts";

/** How many requests a budget of these tests pays for. */
const PAID = 40;

async function startWorld(workers: number) {
  const mock = await startMock({ record: false });
  const { world, env, end } = await sharedWorld();
  const proxy = await startProxy({
    upstreamUrl: mock.url,
    rules: NO_RULES,
    env: { ...env, CCO_WORKERS: String(workers) },
  });
  onTestFinished(async () => {
    await proxy.stop();
    removeData(proxy);
    await end();
    await mock.close();
  });
  return { world, proxy };
}

/** What one of these requests costs, as the database has it. */
async function costOfOne(world: ControlWorld, proxy: ProxyProcess): Promise<number> {
  const { key, secret } = await issueProxyKey(await world.person("owner"), { name: "One" }, world.deps);
  await until(async () => (await askForCost(proxy, secret)).status === 200);
  const row = await until(
    async () => (await listEvents(world.deps.db, { proxyKeyId: key.id }, { take: 1 }))[0] ?? null,
  );
  return Number(row.costNanoUsd);
}

const sumCost = async (world: ControlWorld, where: { proxyKeyId: string } | { personId: string }, count: number) => {
  const rows = await until(async () => {
    const all = await listEvents(world.deps.db, where, { take: 10_000 });
    const found = all.filter(({ status }) => status === 200);
    return found.length >= count ? found : null;
  });
  return rows.reduce((sum, row) => sum + Number(row.costNanoUsd), 0);
};

/**
 * Spends up to nine tenths of the budget in bursts over several seconds, so that sums arrive meanwhile. Then it sends
 * single requests until a refusal.
 */
async function spend(proxy: ProxyProcess, secrets: readonly string[]): Promise<{ served: number; early: string[] }> {
  const early: string[] = [];
  let served = 0;
  const one = async (at: number) => {
    const answer = await askForCost(proxy, secrets[at % secrets.length] ?? "");
    if (answer.status === 200) served++;
    else early.push(`${served}: ${answer.status} retry-after ${answer.headers["retry-after"]} ${answer.text}`);
  };
  for (let burst = 0; burst < (PAID * 9) / 10 / 3; burst++) {
    await Promise.all([0, 1, 2].map((at) => one(burst + at)));
    await sleep(250);
  }
  for (let at = 0; at < PAID && (await askForCost(proxy, secrets[at % secrets.length] ?? "")).status === 200; at++)
    served++;
  return { served, early };
}

describe.each([[1], [2]])("T22: a budget of forty requests, with CCO_WORKERS=%s", (workers) => {
  it("pays for exactly forty requests of its key", async () => {
    const { world, proxy } = await startWorld(workers);
    const cost = await costOfOne(world, proxy);
    const owner = await world.person("owner");
    const monthlyBudgetNanoUsd = PAID * cost;
    const { key, secret } = await issueProxyKey(owner, { name: "Agent", monthlyBudgetNanoUsd }, world.deps);

    const { served, early } = await spend(proxy, [secret]);

    expect(early).toEqual([]);
    expect(served).toBeGreaterThanOrEqual(PAID);
    // The end of one request may cross the beginning of the next. Both are on their way from two workers to the
    // primary.
    expect(served).toBeLessThanOrEqual(PAID + workers - 1);
    expect(await sumCost(world, { proxyKeyId: key.id }, served)).toBe(served * cost);
    const refused = await askForCost(proxy, secret);
    expect([refused.status, refused.headers["x-should-retry"]]).toEqual([429, "false"]);
  });

  it("is shared by all keys of a person with limits in the database, within seconds", async () => {
    const { world, proxy } = await startWorld(workers);
    const cost = await costOfOne(world, proxy);
    const owner = await world.person("owner");
    const limits = { endpoints: "all", models: null, requestsPerMinute: null, openRequestsMax: null };
    await inTransaction(world.deps.db, async (tx) => {
      const monthlyBudgetNanoUsd = BigInt(PAID * cost);
      const row = { kind: "person", holder: owner.id, ...limits, monthlyBudgetNanoUsd, monthlyPlanNanoUsd: null };
      await tx.holderLimits.create({ data: { ...row, updatedAt: world.deps.now() } });
      await bumpRevision(tx);
    });
    const first = await issueProxyKey(owner, { name: "First", personId: owner.id }, world.deps);
    const second = await issueProxyKey(owner, { name: "Second", personId: owner.id }, world.deps);

    const { served, early } = await spend(proxy, [first.secret, second.secret]);

    expect(early).toEqual([]);
    expect(served).toBeGreaterThanOrEqual(PAID);
    expect(served).toBeLessThanOrEqual(PAID + workers - 1);
    for (const { secret } of [first, second]) {
      const refused = await askForCost(proxy, secret);
      expect(refused.status).toBe(429);
      expect(JSON.parse(refused.text).error.message).toContain("The owner of this proxy key has spent its $");
    }
  });
});
