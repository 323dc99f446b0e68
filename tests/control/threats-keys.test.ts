import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { issueProxyKey } from "#control/keys/issue.ts";
import { revokeKey } from "#control/keys/revoke.ts";
import { Metrics } from "#proxy/metrics/metrics.ts";
import type { ProxyEvent } from "#proxy/process/event-bus.ts";
import { buildPinKeys, Pins } from "#proxy/sessions/pins.ts";
import { type ControlWorld, makeControlWorld } from "#tests/support/control-world.ts";
import { makeEvent } from "#tests/support/make-event.ts";
import { startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES, type ProxyProcess, removeData, startProxy, until } from "#tests/support/proxy-process.ts";
import { answerJson, type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream(answerJson);
});
afterAll(() => upstream.close());

describe("T19: a stolen key", () => {
  let world: ControlWorld;
  let proxies: ProxyProcess[];
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "cco-threats-"));
    const databaseUrl = `file:${join(folder, "cco.db")}`;
    world = await makeControlWorld({ databaseUrl });
    const env = {
      DATABASE_URL: databaseUrl,
      CCO_REQUIRE_KEY: "1",
      ANTHROPIC_API_KEY: "sk-operator",
    };
    const start = () => startProxy({ upstreamUrl: upstream.url, rules: NO_RULES, env });
    proxies = [await start(), await start()];
  });
  afterAll(async () => {
    for (const proxy of proxies) {
      await proxy.stop();
      removeData(proxy);
    }
    await world.end();
    rmSync(folder, { recursive: true, force: true });
  });

  it("is refused by every proxy within five seconds of its revocation, under load", async () => {
    const owner = await world.person("owner");
    const { key, secret } = await issueProxyKey(owner, { name: "Laptop" }, world.deps);
    const ask = async (proxy: ProxyProcess) => {
      const sentAt = performance.now();
      const headers = { "x-api-key": secret };
      const answer = await fetch(`${proxy.url}/v1/messages`, {
        method: "POST",
        headers,
        body: '{"model":"claude-sonnet-5-5"}',
      });
      await answer.arrayBuffer();
      return { proxy, sentAt, endedAt: performance.now(), status: answer.status };
    };
    for (const proxy of proxies) await until(async () => (await ask(proxy)).status === 200);

    const answers: Awaited<ReturnType<typeof ask>>[] = [];
    let isLoaded = true;
    const load = proxies.flatMap((proxy) =>
      Array.from({ length: 4 }, async () => {
        while (isLoaded) answers.push(await ask(proxy));
      }),
    );
    await until(() => answers.length > 50);
    const askedAt = performance.now();
    await revokeKey(owner, key.id, world.deps);
    const revokedAt = performance.now();
    const listRefusals = (proxy: ProxyProcess) => answers.filter((one) => one.proxy === proxy && one.status === 401);
    await until(() => proxies.every((proxy) => listRefusals(proxy).length > 20));
    isLoaded = false;
    await Promise.all(load);

    expect(answers.filter(({ endedAt }) => endedAt < askedAt).every(({ status }) => status === 200)).toBe(true);
    // A busy machine is late by what its slowest answer took.
    const slowestMs = Math.max(...answers.map(({ sentAt, endedAt }) => endedAt - sentAt));
    const late = answers.filter(({ sentAt }) => sentAt > revokedAt + 5_000 + slowestMs);
    expect(late.every(({ status }) => status === 401)).toBe(true);
    for (const proxy of proxies) {
      const lastServed = Math.max(
        ...answers.filter((one) => one.proxy === proxy && one.status === 200).map((one) => one.sentAt),
      );
      expect(lastServed).toBeLessThan(revokedAt + 5_000 + slowestMs);
      expect(
        answers
          .filter((one) => one.proxy === proxy && one.sentAt > lastServed + slowestMs)
          .every(({ status }) => status === 401),
      ).toBe(true);
    }
  });
});

describe("T24: names invented by callers", () => {
  it('do not grow the metrics: a hundred thousand models become a hundred and "other"', async () => {
    const proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: NO_RULES });
    let publish: (proxyEvent: ProxyEvent) => void = () => {};
    const onEvent = (listener: typeof publish) => {
      publish = listener;
      return () => {};
    };
    const metrics = new Metrics({ ...proxy.server.context, onEvent });
    const event = makeEvent();

    for (let i = 0; i < 100_000; i++) {
      const servedModel = `invented-${i}`;
      publish({ kind: "settled", event: { ...event, servedModel, ruleId: `rule-${i}`, clientName: `agent-${i}` } });
    }

    const text = await metrics.text();
    const models = new Set([...text.matchAll(/model="([^"]*)"/g)].map(([, model]) => model));
    expect(models.size).toBeLessThanOrEqual(101);
    expect(models).toContain("other");
    expect(text.split("\n").length).toBeLessThan(2_000);
    await proxy.end();
  });

  it("do not evict pins of sessions: unknown models have a separate, small cache", async () => {
    const proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: NO_RULES });
    const snapshot = proxy.server.context.snapshot();
    const pinned: string[] = [];
    const pins = new Pins(({ askedKey }) => pinned.push(askedKey), Date.now);
    const own = { target: null, releasedFrom: null, reason: "no-rule", ruleId: null, version: 1 } as const;
    const keep = (session: string, model: string) => {
      const place = buildPinKeys(session, null, model, snapshot);
      if (place === null) throw new Error("no place for a session");
      pins.set(place.family, { ...own, fallback: "never", askedKey: place.askedKey }, snapshot);
      return () => pins.find(place, model, snapshot).pin;
    };
    const someones = keep("a session", "claude-opus-5-5");
    const newModel = keep("a session", "claude-opus-9");
    for (let i = 0; i < 100_000; i++) keep("another session", `invented-${i}`);

    expect(someones()).toMatchObject(own);
    expect(newModel()).toMatchObject(own);
    expect(pins.size).toBe(2_001);
    expect(pinned).toHaveLength(2_001);
    // What one of them was given holds as long as it is among the last.
    expect(
      pins.find(buildPinKeys("another session", null, "invented-99999", snapshot) as never, "invented-99999", snapshot)
        .pin,
    ).toMatchObject(own);
    await proxy.end();
  });
});
