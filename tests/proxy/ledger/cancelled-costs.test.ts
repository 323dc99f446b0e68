// Long because all of it is about requests whose cost is not known while a budget must hold. They share one set of
// keys.

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { exportCosts } from "#control/costs/export.ts";
import { readCostTable } from "#control/costs/table.ts";
import { readMonthSpend } from "#control/limits/month-spend.ts";
import { type KeyLimits, NO_LIMITS } from "#core/access/key-limits.ts";
import { NO_PURGES } from "#core/cache/purges.ts";
import { LocalKeyLimiter } from "#proxy/keys/key-limiter.ts";
import { Spending } from "#proxy/keys/spending.ts";
import type { ControlState } from "#proxy/ledger/client/ledger-client.ts";
import { commitEvents } from "#proxy/ledger/thread/commit-events.ts";
import { sessionParts } from "#store/session-list.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { verifyLedger } from "#store/verify-ledger.ts";
import { makeControlWorld } from "#tests/support/control-world.ts";
import { makeEvent } from "#tests/support/make-event.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { ONE_RULE, until } from "#tests/support/proxy-process.ts";
import { answerJson, type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const toSecret = (name: string) => `cco_${name.padEnd(43, "x")}`;
const buildKey = (name: string, limits: Partial<KeyLimits>) => ({
  ...{ id: `key_${name}`, keyHash: createHash("sha256").update(toSecret(name)).digest("hex"), name },
  ...{ personId: null, personEmail: null, personName: null, team: null, project: null, expiresAtMs: null },
  ...{ limits: { ...NO_LIMITS, ...limits }, attribution: "locked" as const },
});
const STATE: ControlState = {
  revision: 1,
  rules: null,
  proxyKeys: [
    ...["spend", "unread"].map((name) => buildKey(name, { monthlyBudgetNanoUsd: 200_000_000 })),
    ...["dollar", "named", "sonnet", "opus", "fall"].map((name) =>
      buildKey(name, { monthlyBudgetNanoUsd: 1_000_000_000 }),
    ),
  ],
  holderLimits: [],
  budgetRaises: [],
  accessTokens: [],
  cachePurges: NO_PURGES,
  prices: null,
  draftHeaders: [],
  settings: { organisation: "", reportingZone: "UTC", rulesFileHash: null },
  hasPeople: true,
};

describe("T22g: a client that gives up before the provider answers", () => {
  let upstream: ScriptedUpstream;
  let proxy: ProxyInProcess;
  let now = 0;

  beforeAll(async () => {
    upstream = await startScriptedUpstream(answerJson);
    const env = { CCO_REQUIRE_KEY: "1", ANTHROPIC_API_KEY: "sk-operator" };
    const keyLimiter = new LocalKeyLimiter(() => now, new Spending());
    proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: ONE_RULE, state: STATE, env, keyLimiter });
  });
  afterAll(async () => {
    await proxy.end();
    await upstream.close();
  });

  /** Resolves with the status, or with null when the caller has left and the event is closed. */
  async function giveUp(key = "spend", more = ""): Promise<number | null> {
    const closed = proxy.closed.length;
    const arrived = upstream.arrived.length;
    let status: number | null = null;
    const call = request(`${proxy.url}/v1/messages`, {
      method: "POST",
      agent: false,
      headers: { "x-api-key": toSecret(key) },
    });
    call.on("error", () => {});
    call.on("response", (response) => {
      status = response.statusCode ?? 0;
      response.resume();
    });
    call.end(`{"model":"claude-sonnet-5-5","max_tokens":10${more}}`);
    await until(() => status !== null || upstream.arrived.length > arrived);
    if (status === null) call.destroy();
    await until(() => status !== null || proxy.closed.length > closed);
    return status;
  }

  it("is held by its budget for an hour, and leaves events of unknown cost", async () => {
    upstream.answer = () => {};
    const tries: (number | null)[] = [];
    for (let at = 0; at < 6; at++) tries.push(await giveUp());

    expect(tries).toEqual([null, null, null, null, 429, 429]);
    expect(upstream.arrived).toHaveLength(4);
    expect(proxy.closed.slice(0, 4)).toEqual(
      Array(4).fill(expect.objectContaining({ ended: "cancelled", usageState: "unknown", costNanoUsd: null })),
    );
    const metrics = await (await fetch(`${proxy.url}/metrics`)).text();
    expect(metrics).toMatch(/^cco_requests_unpriced_total\{model="[^"]+"\} 4$/m);
    now += 3_600_000 + 60_000;
    expect(await giveUp()).toBeNull();
  });

  it("is held as well where the provider answers, and does not say what was used in a form that can be read", async () => {
    const closed = proxy.closed.length;
    upstream.answer = (response) =>
      response.writeHead(200, { "content-type": "application/json" }).end('{"type":"message","content":[],"usage":{}}');
    const statuses: number[] = [];
    for (let at = 0; at < 6; at++) {
      const headers = { "x-api-key": toSecret("unread") };
      const body = '{"model":"claude-sonnet-5-5","max_tokens":10}';
      const answer = await fetch(`${proxy.url}/v1/messages`, { method: "POST", headers, body });
      await answer.text();
      statuses.push(answer.status);
    }

    expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
    expect(proxy.closed.slice(closed, closed + 4)).toEqual(
      Array(4).fill(expect.objectContaining({ ended: "complete", usageState: "unknown", costNanoUsd: null })),
    );
  });

  it("is held by what its size says: of a dollar, five of a hundred thousand tokens at 20 cents, and one of two dollars", async () => {
    upstream.answer = () => {};
    const tokens = (count: number) => `,"system":"${"four".repeat(count)}"`;
    const tries: (number | null)[] = [];
    for (let at = 0; at < 7; at++) tries.push(await giveUp("dollar", tokens(100_000)));
    expect(tries).toEqual([null, null, null, null, null, 429, 429]);

    now += 3_600_000 + 60_000;
    expect(await giveUp("dollar", tokens(1_000_000))).toBeNull();
    expect(await giveUp("dollar")).toBe(429);
    now += 3_540_000;
    expect(await giveUp("dollar")).toBe(429);
  });
});

describe("T22j: a request whose size its body does not say", () => {
  it("counts for what fits into the model, when it was given up and while it is under way", async () => {
    const upstream = await startScriptedUpstream(() => {});
    const env = { CCO_REQUIRE_KEY: "1", ANTHROPIC_API_KEY: "sk-operator" };
    const proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: ONE_RULE, state: STATE, env });
    onTestFinished(async () => {
      await proxy.end();
      await upstream.close();
    });
    const content = [{ type: "document", source: { type: "file", file_id: "file_1" } }];
    const body = JSON.stringify({
      ...{ model: "claude-sonnet-5-5", max_tokens: 10 },
      messages: [{ role: "user", content }],
    });
    const ask = (signal?: AbortSignal) =>
      fetch(`${proxy.url}/v1/messages`, { method: "POST", headers: { "x-api-key": toSecret("named") }, body, signal });

    const leave = new AbortController();
    const left = ask(leave.signal).catch(() => null);
    await until(() => upstream.arrived.length === 1);
    leave.abort();
    await left;
    await until(() => proxy.closed.length === 1);
    expect((await ask()).status).toBe(429);
    expect(upstream.arrived).toHaveLength(1);
  });
});

describe("T22i: a fallback to a dearer model", () => {
  it("is only made where the budget has room for it: else the refusal of the served model is the response", async () => {
    const waiting: (() => void)[] = [];
    const upstream = await startScriptedUpstream((response, arrived, asked) => {
      const overloaded = () => {
        response.writeHead(529, { "content-type": "application/json" });
        response.end('{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}');
      };
      const isSmall = arrived.body.includes("claude-haiku-5-5");
      waiting.push(isSmall ? overloaded : () => answerJson(response, arrived, asked));
    });
    const rules = `[[rule]]
from = "claude-opus-5-5"
to = "claude-haiku-5-5"
fallback = "on-overload"
`;
    const env = { CCO_REQUIRE_KEY: "1", ANTHROPIC_API_KEY: "sk-operator" };
    const proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules, state: STATE, env });
    onTestFinished(async () => {
      await proxy.end();
      await upstream.close();
    });
    const body = `{"model":"claude-opus-5-5","max_tokens":10,"system":"${"four".repeat(200_000)}"}`;
    const statuses: number[] = [];
    const asked = Array.from({ length: 12 }, async () => {
      const headers = { "x-api-key": toSecret("fall") };
      const answer = await fetch(`${proxy.url}/v1/messages`, { method: "POST", headers, body });
      await answer.text();
      statuses.push(answer.status);
    });
    await until(() => waiting.length === 12);
    for (const answer of waiting.splice(0)) answer();
    await until(() => statuses.length + waiting.length === 12);
    // A fifth of a dollar each, of 80 cents for the whole of it.
    expect(waiting.length).toBeLessThanOrEqual(5);
    expect(waiting.length).toBeGreaterThan(0);
    const served = waiting.length;
    expect(statuses).toEqual(Array(12 - served).fill(529));
    for (const answer of waiting.splice(0)) answer();
    await Promise.all(asked);
    expect(statuses.filter((status) => status === 200)).toHaveLength(served);
    expect(proxy.closed.filter(({ status }) => status === 529)).toHaveLength(12 - served);
  });
});

describe("T22: large requests that come at once before any was settled", () => {
  it("are let in by their size and the model that serves them, and the others may try again", async () => {
    const waiting: (() => void)[] = [];
    const upstream = await startScriptedUpstream(
      (response, arrived, asked) => void waiting.push(() => answerJson(response, arrived, asked)),
    );
    const env = { CCO_REQUIRE_KEY: "1", ANTHROPIC_API_KEY: "sk-operator" };
    const proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: ONE_RULE, state: STATE, env });
    onTestFinished(async () => {
      await proxy.end();
      await upstream.close();
    });
    /** How many of these go to the provider at once; the others are refused. */
    async function letIn(key: string, model: string, bytes: number): Promise<number> {
      const body = `{"model":"${model}","max_tokens":10,"system":"${"four".repeat(bytes / 4)}"}`;
      const statuses: number[] = [];
      const texts: string[] = [];
      const asked = Array.from({ length: 8 }, async () => {
        const headers = { "x-api-key": toSecret(key) };
        const answer = await fetch(`${proxy.url}/v1/messages`, { method: "POST", headers, body });
        texts.push(await answer.text());
        statuses.push(answer.status);
      });
      await until(() => statuses.length + waiting.length === 8);
      const count = waiting.length;
      expect(statuses).toEqual(Array(8 - count).fill(429));
      expect(texts.join("")).toContain("may use up the rest of the $1.00 that this proxy key has");
      for (const answer of waiting.splice(0)) answer();
      await Promise.all(asked);
      return count;
    }

    // A quarter of a dollar each.
    expect(await letIn("sonnet", "claude-sonnet-5-5", 2_000_000)).toBe(4);
    // Too long for the small model of the rule: Opus serves them, at a dollar each.
    expect(await letIn("opus", "claude-opus-5-5", 4_000_000)).toBe(1);
    expect(proxy.closed.filter(({ errorType }) => errorType === "key.budget-taken")).toHaveLength(2);
  });
});

describe("requests of unknown cost", () => {
  it("are the same number in Costs, limits, sessions and verify, and are zero dollars in none", async () => {
    const folder = mkdtempSync(join(tmpdir(), "cco-cancelled-"));
    const databaseUrl = `file:${join(folder, "cco.db")}`;
    const world = await makeControlWorld({ databaseUrl });
    const connection = await openSqlConnection(databaseUrl);
    onTestFinished(async () => {
      await connection.close();
      await world.end();
      rmSync(folder, { recursive: true, force: true });
    });
    const startedAtMs = world.deps.now().getTime() - 60_000;
    const shared = { startedAtMs, endedAtMs: startedAtMs + 200, proxyKeyId: "key_1", sessionId: "s", project: "app" };
    const none = { costs: null, costNanoUsd: null, baselineNanoUsd: null, savedNanoUsd: null, priceVersion: null };
    const givenUp = { ...shared, ...none, ended: "cancelled", status: 499 } as const;
    const events = [
      ...Array.from({ length: 3 }, () => makeEvent({ ...givenUp, usageState: "unknown" })),
      makeEvent({ ...givenUp, usageState: "none" }),
    ];
    expect((await commitEvents(connection, events)).poisoned).toEqual([]);

    const viewer = await world.person("admin");
    const { total } = await readCostTable(viewer, "project", { range: "mtd", cmp: "none" }, world.deps);
    const parts = (await sessionParts(connection, {}, ["s"])).get("s") ?? [];
    const spent = (await readMonthSpend(world.deps)).of("key", "key_1");

    const { lines } = await exportCosts(viewer, { range: "mtd", group: "project" }, world.deps);
    const [names = [], values = []] = [...lines].map((line) =>
      line
        .replace(/^\ufeff/, "")
        .trim()
        .split(","),
    );
    expect(Object.fromEntries(names.map((name, at) => [name, values[at]]))).toMatchObject({ unpriced_requests: "3" });
    expect(total).toMatchObject({ requests: 4, unpriced: 3, costNanoUsd: null });
    expect(spent).toMatchObject({ unpriced: 3, costNanoUsd: null });
    expect(parts.reduce((sum, { unpriced }) => sum + Number(unpriced), 0)).toBe(3);
    expect(await verifyLedger(connection, [loadCatalogue()])).toMatchObject({ ok: true, events: 4, unpriced: 3 });
  });
});
