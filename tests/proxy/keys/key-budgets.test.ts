import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { changeKeyLimits } from "#control/keys/change-limits.ts";
import { issueProxyKey } from "#control/keys/issue.ts";
import type { KeyLimits } from "#core/access/key-limits.ts";
import { type Mock, startMock } from "#mock/server.ts";
import { type Entry, LocalKeyLimiter } from "#proxy/keys/key-limiter.ts";
import { Spending, type SpendingSums } from "#proxy/keys/spending.ts";
import { BudgetSync } from "#proxy/ledger/thread/budget-sync.ts";
import { commitEvents } from "#proxy/ledger/thread/commit-events.ts";
import { listEvents } from "#store/events.ts";
import { migrateDatabase } from "#store/migrate.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import type { ControlWorld } from "#tests/support/control-world.ts";
import { freshRequest } from "#tests/support/fresh-request.ts";
import { heldByKey } from "#tests/support/held-by-key.ts";
import { makeEvent } from "#tests/support/make-event.ts";
import { NO_RULES, type ProxyProcess, removeData, startProxy, until } from "#tests/support/proxy-process.ts";
import { sharedWorld } from "#tests/support/shared-world.ts";

const buildBudget = (monthlyBudgetNanoUsd: number): KeyLimits => ({
  endpoints: "all",
  models: null,
  requestsPerMinute: null,
  openRequestsMax: null,
  monthlyBudgetNanoUsd,
  monthlyPlanNanoUsd: null,
});
let events = 0;
/** The request is answered, and has cost this. */
function finish(entry: Entry | Promise<Entry>, nanoUsd: number): void {
  if (entry instanceof Promise || entry.kind !== "in") return;
  entry.pass.settled({ id: `evt_${++events}`, startedAtMs: november, nanoUsd });
  entry.pass.leave();
}
const november = Date.UTC(2026, 10, 25);
const december = Date.UTC(2026, 11, 1);

describe("T22: the database sum of a key's month", () => {
  it("covers past days of the reporting zone and today, for keys with a budget only", async () => {
    const folder = mkdtempSync(join(tmpdir(), "cco-budgets-"));
    const databaseUrl = `file:${join(folder, "cco.db")}`;
    await migrateDatabase(databaseUrl);
    const connection = await openSqlConnection(databaseUrl);
    onTestFinished(async () => {
      await connection.close();
      rmSync(folder, { recursive: true, force: true });
    });
    const at = (day: string, proxyKeyId: string | null, cost: number) => {
      const startedAtMs = Date.parse(`${day}T12:00:00Z`);
      return makeEvent({ startedAtMs, endedAtMs: startedAtMs, proxyKeyId, costNanoUsd: String(cost) });
    };
    const { poisoned } = await commitEvents(connection, [
      at("2026-10-31", "key", 1_000_000),
      at("2026-11-01", "key", 10),
      at("2026-11-24", "key", 200),
      at("2026-11-25", "key", 3_000),
      at("2026-11-25", "free", 40_000),
      at("2026-11-25", null, 500_000),
      // Plan value is no dollar spent.
      { ...at("2026-11-25", "key", 6_000_000), billingMode: "subscription" as const },
    ]);
    expect(poisoned).toEqual([]);
    const sent: SpendingSums[] = [];
    const sync = new BudgetSync((message) => message.kind === "spending" && sent.push(message.told));
    const key = (id: string, limits: KeyLimits | null) => ({ id, limits });
    const proxyKeys = [key("key", buildBudget(1)), key("unused", buildBudget(1)), key("free", null)];
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-11-25T13:00:00Z") });
    onTestFinished(() => void vi.useRealTimers());

    await sync.poll(connection, { proxyKeys: [key("free", null)], holderLimits: [] } as never, "UTC", null);
    expect(sent).toEqual([]);
    await sync.poll(connection, { proxyKeys, holderLimits: [] } as never, "UTC", null);
    expect(sent).toEqual([
      {
        fromMs: Date.UTC(2026, 10, 1),
        endsAtMs: december,
        drainedAgoMs: null,
        byHolder: [["key:key", 3_210, 6_000_000]],
      },
    ]);
  });
});

describe("T22: two hundred requests at the edge of a budget", () => {
  it("exceed it by at most one request under any concurrency", () => {
    const cost = 40;
    for (const budget of [1, 40, 400, 1_000, 4_321]) {
      const spending = new Spending();
      const gate = new LocalKeyLimiter(
        () => 0,
        spending,
        () => november,
      );
      const held = heldByKey("key", buildBudget(budget));
      finish(gate.enter(held, "metered"), cost);
      for (let round = 0; round < 50; round++) {
        const entries = Array.from({ length: 200 }, () => gate.enter(held, "metered"));
        for (const entry of entries) finish(entry, cost);
      }
      const spent = spending.spent("key:key", "metered", november);
      expect(spent, `budget ${budget}`).toBeGreaterThanOrEqual(budget);
      expect(spent, `budget ${budget}`).toBeLessThan(budget + cost);
      expect(gate.enter(held, "metered")).toMatchObject({ kind: "spent" });
      // Another key has its own.
      expect(gate.enter(heldByKey("other", buildBudget(budget)), "metered")).toMatchObject({ kind: "in" });
    }
  });

  it("get a short retry time while requests in flight may still use up the rest", () => {
    const gate = new LocalKeyLimiter(
      () => 0,
      new Spending(),
      () => november,
    );
    const held = heldByKey("key", buildBudget(100));
    finish(gate.enter(held, "metered"), 60);
    expect(gate.enter(held, "metered")).toMatchObject({ kind: "in" });

    expect(gate.enter(held, "metered")).toEqual({ kind: "nearly-spent", retryAfterMs: 1_000, at: 0 });
  });
});

describe("T22: a budget in real processes", () => {
  let mock: Mock;
  let world: ControlWorld;
  let endWorld: () => Promise<void>;
  let start: () => Promise<ProxyProcess>;
  let proxies: ProxyProcess[];

  beforeAll(async () => {
    mock = await startMock({ record: false });
    const shared = await sharedWorld();
    world = shared.world;
    endWorld = shared.end;
    start = () => startProxy({ upstreamUrl: mock.url, rules: NO_RULES, env: shared.env });
    proxies = [await start(), await start()];
  });
  afterAll(async () => {
    for (const proxy of proxies) {
      await proxy.stop();
      removeData(proxy);
    }
    await endWorld();
    await mock.close();
  });

  const usage = '{"input":100000,"output":1000}';
  const ask = (proxy: ProxyProcess | undefined, secret: string, more: Record<string, string> = {}) =>
    freshRequest(`${proxy?.url}/v1/messages`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "anthropic-version": "2023-06-01",
        "x-api-key": secret,
        "x-mock-usage": usage,
        ...more,
      },
      body: '{"model":"claude-sonnet-5-5","max_tokens":50,"messages":[{"role":"user","content":"hi"}]}',
    });
  /** Nano-dollars in the database, when all that was answered is there. */
  async function readCosts(keyId: string, count: number): Promise<number[]> {
    const read = async () => {
      // A refusal leaves an event as well, once in ten seconds, and costs nothing.
      const found = await listEvents(world.deps.db, { proxyKeyId: keyId }, { take: 10_000 });
      const rows = found.filter(({ errorType }) => errorType === null);
      return rows.length >= count ? rows.map((row) => Number(row.costNanoUsd)) : null;
    };
    return until(read);
  }
  const sum = (costs: number[]) => costs.reduce((total, cost) => total + cost, 0);
  /** A key that these proxies know, for each has served a request of it. */
  const issue = async (monthlyBudgetNanoUsd: number, knowing: readonly ProxyProcess[]) => {
    const owner = await world.person("owner");
    const { key, secret } = await issueProxyKey(owner, { name: "Agent", monthlyBudgetNanoUsd }, world.deps);
    for (const proxy of knowing) await until(async () => (await ask(proxy, secret)).status === 200);
    return { owner, key, secret };
  };

  it("holds on every instance and after a restart, with a refusal clients do not retry, until it is raised", async () => {
    const { owner, key, secret } = await issue(2_000_000_000, proxies);
    let served = proxies.length;
    let refused = await ask(proxies[0], secret);
    for (; refused.status === 200; served++) refused = await ask(proxies[0], secret);

    expect(refused.status).toBe(429);
    expect(refused.headers["x-should-retry"]).toBe("false");
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect(Number(refused.headers["retry-after"])).toBeLessThanOrEqual(31 * 86_400);
    expect(JSON.parse(refused.text)).toMatchObject({ error: { type: "billing_error" } });
    await until(async () => (await ask(proxies[1], secret)).status === 429);
    const costs = await readCosts(key.id, served);
    expect(sum(costs)).toBeGreaterThanOrEqual(2_000_000_000);

    const third = await start();
    proxies.push(third);
    expect((await ask(third, secret)).status).toBe(429);

    await changeKeyLimits(owner, key.id, { monthlyBudgetNanoUsd: 50_000_000_000 }, world.deps);
    for (const proxy of proxies) await until(async () => (await ask(proxy, secret)).status === 200);
  });

  it("is not used up by the plan value of subscription traffic", async () => {
    const { key, secret } = await issue(1_000_000_000, proxies.slice(0, 1));
    const subscription = { authorization: "Bearer sk-ant-oat01-own" };
    for (let at = 0; at < 8; at++) expect((await ask(proxies[0], secret, subscription)).status).toBe(200);

    const costs = await readCosts(key.id, 9);
    expect(sum(costs)).toBeGreaterThan(1_000_000_000);
    expect((await ask(proxies[0], secret)).status).toBe(200);
  });

  it("is exceeded by less than one request when two hundred arrive together", async () => {
    const { key, secret } = await issue(3_000_000_000, proxies.slice(0, 1));
    const [cost = 0] = await readCosts(key.id, 1);

    const answers = await Promise.all(Array.from({ length: 200 }, () => ask(proxies[0], secret)));

    const served = answers.filter(({ status }) => status === 200).length;
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 429]));
    const costs = await readCosts(key.id, 1 + served);
    expect(costs.every((one) => one === cost)).toBe(true);
    expect(sum(costs)).toBeLessThan(3_000_000_000 + cost);
  });
});
