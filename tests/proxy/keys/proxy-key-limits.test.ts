// Long because every limit of a key is tried on one proxy and one clock.

import { createHash } from "node:crypto";
import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { type KeyLimits, NO_LIMITS } from "#core/access/key-limits.ts";
import { NO_PURGES } from "#core/cache/purges.ts";
import {
  type Entry,
  type KeyLimiter,
  LocalKeyLimiter,
  type SharedBuckets,
  SharedKeyLimiter,
} from "#proxy/keys/key-limiter.ts";
import type { ControlState } from "#proxy/ledger/client/ledger-client.ts";
import { heldByKey } from "#tests/support/held-by-key.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { ONE_RULE, until } from "#tests/support/proxy-process.ts";
import {
  answerJson,
  answerStream,
  type ScriptedUpstream,
  startScriptedUpstream,
} from "#tests/support/scripted-upstream.ts";

const keys = {
  free: null,
  slow: { ...NO_LIMITS, requestsPerMinute: 3 },
  narrow: { ...NO_LIMITS, openRequestsMax: 2 },
  single: { ...NO_LIMITS, requestsPerMinute: 2, openRequestsMax: 1 },
  budget: { ...NO_LIMITS, monthlyBudgetNanoUsd: 40_000_000 },
  messages: { ...NO_LIMITS, endpoints: "messages" },
  haiku: { ...NO_LIMITS, models: ["haiku"] },
  opus: { ...NO_LIMITS, models: ["claude-opus-5-5"] },
} satisfies Record<string, KeyLimits | null>;
type KeyName = keyof typeof keys;
const toSecret = (name: string) => `cco_${name.padEnd(43, "x")}`;
const STATE: ControlState = {
  revision: 1,
  rules: null,
  budgetRaises: [],
  proxyKeys: Object.entries(keys).map(([name, limits]) => ({
    id: `key_${name}`,
    keyHash: createHash("sha256").update(toSecret(name)).digest("hex"),
    personId: null,
    personEmail: null,
    personName: null,
    name,
    team: null,
    project: null,
    expiresAtMs: null,
    attribution: "locked",
    limits,
  })),
  holderLimits: [],
  accessTokens: [],
  cachePurges: NO_PURGES,
  prices: null,
  draftHeaders: [],
  settings: { organisation: "", reportingZone: "UTC", rulesFileHash: null },
  hasPeople: true,
};

let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;
let now = 0;
let asked: string[] = [];
const local = new LocalKeyLimiter(() => now);
const gate: KeyLimiter = {
  enter: (held, mode) => {
    asked.push(held.counters.join(" "));
    return local.enter(held, mode);
  },
};

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerJson);
  const env = { CCO_REQUIRE_KEY: "1", ANTHROPIC_API_KEY: "sk-operator" };
  proxy = await startProxyInProcess({
    upstreamUrl: upstream.url,
    rules: ONE_RULE,
    state: STATE,
    env,
    keyLimiter: gate,
  });
});
beforeEach(() => {
  upstream.arrived.length = 0;
  upstream.answer = answerJson;
  proxy.closed.length = 0;
  asked = [];
  now += 3_600_000;
});
afterAll(async () => {
  await proxy.end();
  await upstream.close();
});

const call = (key: KeyName, path: string, init: RequestInit = {}) =>
  fetch(proxy.url + path, { ...init, headers: { "x-api-key": toSecret(key) } });
const ask = (key: KeyName, model = "claude-sonnet-5-5", more = "") =>
  call(key, "/v1/messages", { method: "POST", body: `{"model":"${model}"${more}}` });

describe("T22: a key's rate", () => {
  it("applies to all endpoints together: 429 in the provider's shape, with seconds to wait", async () => {
    expect((await ask("slow")).status).toBe(200);
    expect((await call("slow", "/v1/models")).status).toBe(200);
    expect((await call("slow", "/v1/files", { method: "POST", body: "x" })).status).toBe(200);

    const refused = await ask("slow");

    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("20");
    expect(refused.headers.get("x-should-retry")).toBeNull();
    expect(await refused.json()).toMatchObject({ type: "error", error: { type: "rate_limit_error" } });
    expect(upstream.arrived).toHaveLength(3);
    now += 20_000;
    expect((await ask("slow")).status).toBe(200);
    expect((await ask("slow")).status).toBe(429);
    expect((await ask("free")).status).toBe(200);

    // Refusals in quick succession leave one event, and are all counted.
    const refusals = proxy.closed.filter(({ status }) => status === 429);
    expect(refusals).toEqual([
      expect.objectContaining({
        proxyKeyId: "key_slow",
        errorType: "key.too-fast",
        ended: "error",
        costNanoUsd: null,
      }),
    ]);
    const metrics = await (await fetch(`${proxy.url}/metrics`)).text();
    expect(metrics).toContain('cco_requests_refused_total{reason="key.too-fast"} 2');
  });
});

describe("T22: a key's concurrent requests", () => {
  it("never exceed their limit, and every ending releases a slot: whole, broken off, left, and refused", async () => {
    const held: (() => void)[] = [];
    upstream.answer = (response, arrived, request) => {
      held.push(() => answerStream(response, arrived, request));
    };
    const abort = new AbortController();
    const first = ask("narrow");
    const second = call("narrow", "/v1/messages", {
      method: "POST",
      body: '{"model":"claude-sonnet-5-5"}',
      signal: abort.signal,
    }).catch(() => "left");
    await until(() => held.length === 2);

    const refused = await ask("narrow");
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(await refused.json()).toMatchObject({ error: { type: "rate_limit_error" } });
    expect((await call("narrow", "/v1/models")).status).toBe(429);
    proxy.closed.length = 0;

    held[0]?.();
    expect((await (await first).text()).length).toBeGreaterThan(100);
    abort.abort();
    expect(await second).toBe("left");
    await until(() => proxy.closed.length === 2);
    upstream.answer = (response) => response.destroy();
    expect((await ask("narrow")).status).toBe(502);
    expect((await ask("narrow", 'not json"')).status).toBe(400);
    upstream.answer = answerJson;
    for (let i = 0; i < 4; i++) expect((await ask("narrow")).status).toBe(200);
    expect((await call("narrow", "/v1/files", { method: "POST", body: "x" })).status).toBe(200);
  });

  it("never exceed their limit under a hundred concurrent requests", async () => {
    let open = 0;
    let most = 0;
    upstream.answer = (response, arrived, request) => {
      most = Math.max(most, ++open);
      setTimeout(() => {
        open--;
        answerJson(response, arrived, request);
      }, 5);
    };

    const statuses = await Promise.all(Array.from({ length: 100 }, async () => (await ask("narrow")).status));

    expect(most).toBeLessThanOrEqual(2);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
  });
});

describe("T22h: a body that trickles in", () => {
  const BODY = '{"model":"claude-sonnet-5-5"}';
  /** Sends a head and the first bytes; `finish` sends the rest and resolves with the status. */
  async function trickle(key: KeyName, to = proxy) {
    const open = to.server.live.openRequests;
    const socket = connect(to.port, "127.0.0.1");
    let text = "";
    socket.on("data", (bytes) => (text += bytes));
    socket.on("error", () => {});
    const head = `POST /v1/messages HTTP/1.1\r\nHost: localhost:${to.port}\r\nx-api-key: ${toSecret(key)}\r\n`;
    socket.write(`${head}Content-Length: ${BODY.length}\r\n\r\n${BODY.slice(0, 8)}`);
    await until(() => to.server.live.openRequests > open);
    return async () => {
      socket.write(BODY.slice(8));
      await until(() => text.includes("\r\n\r\n"));
      socket.destroy();
      return Number(text.split(" ")[1]);
    };
  }

  it("holds a place for a few seconds only, and asks for it again without a second token of the rate", async () => {
    const finish = await trickle("single");
    expect((await ask("single")).status).toBe(429);
    await until(async () => (await ask("single")).status === 200);
    upstream.arrived.length = 0;

    expect(await finish()).toBe(200);
    expect(upstream.arrived).toHaveLength(1);
    const refused = await ask("single");
    expect(await refused.json()).toMatchObject({ error: { message: expect.stringContaining("this minute") } });
  });

  it("holds a share of a budget for a few seconds only", async () => {
    const finish = await trickle("budget");
    expect((await ask("budget")).status).toBe(429);
    await until(async () => (await ask("budget")).status === 200);
    expect(await finish()).toBe(200);
  });

  it("is refused when it is there at last and the place is taken, and nothing of it is sent on", async () => {
    const finish = await trickle("single");
    const held: (() => void)[] = [];
    upstream.answer = (response, arrived, request) => void held.push(() => answerJson(response, arrived, request));
    const other = { status: 429 };
    // Refused while the place is held: the one that is let in waits for the provider.
    await until(async () => {
      void ask("single").then(({ status }) => Object.assign(other, { status }));
      await new Promise((resolve) => setTimeout(resolve, 50));
      return held.length === 1;
    });

    expect(await finish()).toBe(429);
    expect(held).toHaveLength(1);
    held[0]?.();
    await until(() => other.status === 200);
    await until(() => proxy.server.live.openRequests === 0);
    upstream.answer = answerJson;
    now += 3_600_000;
    expect((await ask("single")).status).toBe(200);
  });

  it("is asked of the keys and limits in force when it is there: revoked keys, lowered budgets and places count", async () => {
    let state = STATE;
    let changed = (_state: ControlState): void => {};
    const ledger = {
      state: () => state,
      onState: (listener: typeof changed) => {
        const before = changed;
        changed = (next) => [before, listener].forEach((one) => void one(next));
        return () => {};
      },
    };
    const env = { CCO_REQUIRE_KEY: "1", ANTHROPIC_API_KEY: "sk-operator" };
    const other = await startProxyInProcess({ upstreamUrl: upstream.url, rules: ONE_RULE, state, env, ledger });
    onTestFinished(() => other.end());
    const askOther = (key: KeyName) =>
      fetch(`${other.url}/v1/messages`, {
        method: "POST",
        headers: { "x-api-key": toSecret(key) },
        body: '{"model":"claude-sonnet-5-5"}',
      });
    expect((await askOther("budget")).status).toBe(200);
    upstream.arrived.length = 0;
    other.closed.length = 0;
    const finish = [];
    for (const key of ["free", "haiku", "budget", "narrow", "single"] as const) finish.push(await trickle(key, other));

    const lowered: Partial<Record<KeyName, KeyLimits>> = {
      budget: { ...NO_LIMITS, monthlyBudgetNanoUsd: 1 },
      narrow: { ...NO_LIMITS, openRequestsMax: 0 },
      haiku: { ...NO_LIMITS, endpoints: "messages", openRequestsMax: 0 },
    };
    const proxyKeys = STATE.proxyKeys
      .filter(({ name }) => name !== "free" && name !== "single")
      .map((key) => ({ ...key, limits: lowered[key.name as KeyName] ?? key.limits }));
    // The place of the last one is free again: all of them came at least three seconds ago.
    await until(async () => (await askOther("single")).status === 200);
    upstream.arrived.length = 0;
    other.closed.length = 0;
    state = { ...STATE, revision: 2, proxyKeys };
    changed(state);

    const statuses = [];
    for (const one of finish) statuses.push(await one());
    expect(statuses).toEqual([401, 429, 429, 429, 401]);
    expect(upstream.arrived).toHaveLength(0);
    await until(() => other.server.live.openRequests === 0);
    // As at the front, a refusal by a limit leaves an event. A refusal of a key that is no more leaves none.
    expect(other.closed.filter(({ status }) => status >= 400).map(({ proxyKeyId }) => proxyKeyId)).toEqual([
      "key_haiku",
      "key_budget",
      "key_narrow",
    ]);
  });
});

describe("a key's scope", () => {
  it("of messages admits only what Claude Code needs: others get 403 without retry, before any body is read", async () => {
    expect((await ask("messages")).status).toBe(200);
    expect((await call("messages", "/v1/models")).status).toBe(200);
    const count = { method: "POST", body: '{"model":"claude-sonnet-5-5","messages":[]}' };
    expect((await call("messages", "/v1/messages/count_tokens", count)).status).toBe(200);
    upstream.arrived.length = 0;

    for (const path of ["/v1/files", "/v1/messages/batches", "/v1/skills", "/v1/v1/files", "/p/x/v1/files/f_1"]) {
      const refused = await call("messages", path, { method: "POST", body: "{}" });
      expect(refused.status, path).toBe(403);
      expect(refused.headers.get("x-should-retry")).toBe("false");
      expect(await refused.json()).toMatchObject({ type: "error", error: { type: "permission_error" } });
    }
    expect(upstream.arrived).toHaveLength(0);
  });

  it("of models applies to the requested model, and a refusal is recorded with its caller", async () => {
    expect((await ask("haiku", "claude-haiku-4.5")).status).toBe(200);
    const overridden = await ask("opus", "claude-opus-5-5");
    expect(overridden.status).toBe(200);
    expect(overridden.headers.get("x-cco-served-model")).toBe("claude-haiku-5-5");
    upstream.arrived.length = 0;
    proxy.closed.length = 0;

    for (const model of ["claude-opus-5-5", "Haiku", "claude-opus-haiku", "unknown", ""]) {
      const refused = await ask("haiku", model);
      // 400, and not 403: Claude Code takes every 403 for a failed sign-in.
      expect(refused.status, model).toBe(400);
      expect(await refused.json()).toMatchObject({ error: { type: "invalid_request_error" } });
    }
    expect((await call("haiku", "/v1/messages/batches", { method: "POST", body: "{}" })).status).toBe(403);
    expect(upstream.arrived).toHaveLength(0);
    expect(proxy.closed).toContainEqual(
      expect.objectContaining({
        proxyKeyId: "key_haiku",
        status: 400,
        errorType: "key.model-not-allowed",
        requestedModel: "claude-opus-5-5",
        costNanoUsd: null,
      }),
    );
    expect(proxy.closed).toContainEqual(
      expect.objectContaining({ proxyKeyId: "key_haiku", status: 403, errorType: "key.not-for-this" }),
    );
  });
});

describe("a key without limits", () => {
  it("is never counted by the key limiter", async () => {
    for (const key of ["free", "messages", "haiku"] as const) await ask(key, "claude-haiku-5-5");
    expect(asked).toEqual([]);

    await ask("narrow");
    expect(asked).toEqual(["key:key_narrow"]);
  });
});

describe("a rate shared by instances", () => {
  const buckets = (answer: () => Promise<readonly number[] | null>): SharedBuckets => ({
    isUp: true,
    takeTokens: answer,
  });
  const rated = heldByKey("k", { ...NO_LIMITS, requestsPerMinute: 2 });

  it("uses the shared count while available, and its own current bucket otherwise", async () => {
    let common: readonly number[] | null = [1_500];
    const shared = new SharedKeyLimiter(
      buckets(async () => common),
      new LocalKeyLimiter(() => 0),
    );

    expect(await shared.enter(rated, "metered")).toEqual({ kind: "too-fast", retryAfterMs: 1_500, at: 0 });
    common = [0];
    for (let i = 0; i < 2; i++) expect(await shared.enter(rated, "metered")).toMatchObject({ kind: "in" });
    common = null;
    expect(await shared.enter(rated, "metered")).toEqual({ kind: "too-fast", retryAfterMs: 30_000, at: 0 });
    const other = heldByKey("other", { ...NO_LIMITS, requestsPerMinute: 2 });
    expect(await shared.enter(other, "metered")).toMatchObject({ kind: "in" });
  });

  it("answers synchronously when no shared count is configured", () => {
    const away = new SharedKeyLimiter({ isUp: false, takeTokens: () => Promise.reject(new Error("not to be asked")) });

    expect(away.enter(rated, "metered")).toMatchObject({ kind: "in" });
    expect(
      new SharedKeyLimiter(buckets(() => Promise.reject())).enter(
        heldByKey("k", { ...NO_LIMITS, openRequestsMax: 1 }),
        "metered",
      ),
    ).toMatchObject({
      kind: "in",
    });
  });

  it("releases the slot of a caller who left while the shared count was pending", async () => {
    let answer: (entry: Entry) => void = () => {};
    let left = 0;
    const slow = await startProxyInProcess({
      upstreamUrl: upstream.url,
      rules: ONE_RULE,
      state: STATE,
      env: { CCO_REQUIRE_KEY: "1", ANTHROPIC_API_KEY: "sk-operator" },
      keyLimiter: { enter: () => new Promise((resolve) => (answer = resolve)) },
    });
    upstream.arrived.length = 0;
    for (const path of ["/v1/messages", "/v1/files", "/v1/models"]) {
      answer = () => {};
      const before = answer;
      const abort = new AbortController();
      const method = path === "/v1/models" ? "GET" : "POST";
      const body = method === "GET" ? undefined : '{"model":"claude-sonnet-5-5"}';
      const gone = fetch(slow.url + path, {
        method,
        body,
        headers: { "x-api-key": toSecret("slow") },
        signal: abort.signal,
      }).catch(() => "gone");
      await until(() => answer !== before);
      abort.abort();
      await gone;
      await until(async () => (await connections(slow)) === 0);
      answer({
        kind: "in",
        pass: { served: () => {}, confirm: () => null, settled: () => {}, leave: () => void left++ },
      });
    }

    await until(() => left === 3 && slow.server.live.openRequests === 0);
    expect(upstream.arrived).toHaveLength(0);
    await slow.end();
  });
});

const connections = (one: ProxyInProcess) =>
  new Promise<number>((resolve) => one.server.http.getConnections((_problem, count) => resolve(count)));
