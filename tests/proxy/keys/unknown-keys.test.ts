import { type IncomingMessage, request } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ProxySettings } from "#config/read-env.ts";
import { issueProxyKey } from "#control/keys/issue.ts";
import { issueAccessToken } from "#control/tokens/issue.ts";
import { SecretTable } from "#proxy/keys/known-keys.ts";
import { UnknownKeys } from "#proxy/keys/unknown-keys.ts";
import type { LedgerClient } from "#proxy/ledger/client/ledger-client.ts";
import { Readers } from "#proxy/server/readers.ts";
import { freshRequest } from "#tests/support/fresh-request.ts";
import { NO_RULES, removeData, startProxy } from "#tests/support/proxy-process.ts";
import { eventually } from "#tests/support/scratch.ts";
import { answerJson, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";
import { sharedWorld } from "#tests/support/shared-world.ts";

describe("a secret this process does not know", () => {
  it.each(["1", "2"])("is accepted at once when it is a new proxy key (%s workers)", async (workers) => {
    const upstream = await startScriptedUpstream(answerJson);
    const { world, env, end } = await sharedWorld();
    const proxy = await startProxy({
      upstreamUrl: upstream.url,
      rules: NO_RULES,
      env: { ...env, CCO_WORKERS: workers },
    });
    onTestFinished(async () => {
      await proxy.stop();
      removeData(proxy);
      await end();
      await upstream.close();
    });
    const owner = await world.person("owner");
    const statuses: number[] = [];
    for (let count = 0; count < 5; count++) {
      const { secret } = await issueProxyKey(owner, { name: `Agent ${count}` }, world.deps);
      const answer = await freshRequest(`${proxy.url}/v1/messages`, {
        method: "POST",
        headers: { "x-cco-key": secret, "x-api-key": "sk-ant-own" },
        body: '{"model":"claude-sonnet-5-5"}',
      });
      statuses.push(answer.status);
    }
    const madeUp = await freshRequest(`${proxy.url}/v1/messages`, {
      method: "POST",
      headers: { "x-cco-key": "cco_made_up", "x-api-key": "sk-ant-own" },
      body: '{"model":"claude-sonnet-5-5"}',
    });

    expect(statuses).toEqual([200, 200, 200, 200, 200]);
    expect(madeUp.status).toBe(401);
  });

  it.each(["1", "2"])("is accepted at once when it is a new access token (%s workers)", async (workers) => {
    const { world, env, end } = await sharedWorld();
    const proxy = await startProxy({
      upstreamUrl: "http://127.0.0.1:9",
      rules: NO_RULES,
      // Behind a public name reading requires a sign-in, even on this machine.
      env: { ...env, CCO_WORKERS: workers, CCO_PUBLIC_URL: "https://cco.example.com" },
    });
    onTestFinished(async () => {
      await proxy.stop();
      removeData(proxy);
      await end();
    });
    const owner = await world.person("owner");
    const ask = (path: string, secret: string) =>
      new Promise<number>((resolve, reject) => {
        const headers = { host: "cco.example.com", authorization: `Bearer ${secret}` };
        const asked = request(`${proxy.url}${path}`, { headers, agent: false }, (answer) => {
          answer.destroy();
          resolve(answer.statusCode ?? 0);
        });
        asked.on("error", reject);
        asked.end();
      });
    const statuses: number[] = [];
    for (const path of ["/api/machine/stats", "/api/overrides/stats", "/metrics", "/api/stream"]) {
      const wanted = { name: `CI ${path}`, scopes: ["read"], expiresInDays: 300 };
      const { secret } = await issueAccessToken(owner, wanted, world.deps);
      statuses.push(await ask(path, secret));
    }

    expect(statuses).toEqual([200, 200, 200, 200]);
    expect(await ask("/metrics", "ccoat_made_up")).toBe(401);
    expect(await ask("/metrics", "cco_made_up")).toBe(401);
  });

  it("causes at most ten database look-ups per second", async () => {
    let looks = 0;
    const keys = new UnknownKeys(
      async () => void looks++,
      () => false,
    );
    const begunMs = performance.now();
    for (let round = 0; round < 100; round++) {
      for (let many = 0; many < 20; many++) void keys.find(`${round}-${many}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const tookMs = performance.now() - begunMs;

    expect(looks).toBeGreaterThan(1);
    expect(looks).toBeLessThanOrEqual(tookMs / 99 + 1);
  });

  it("causes no more look-ups for mixed proxy keys and access tokens", async () => {
    let looks = 0;
    const ledger = { state: () => null, onState: () => () => {}, areKeysKnown: () => true };
    const secrets = new SecretTable({ ...ledger, lookAgain: async () => void looks++ } as unknown as LedgerClient);
    const readers = new Readers({ loopback: false, publicUrl: null } as ProxySettings, secrets);
    const asked: unknown[] = [];
    const begunMs = performance.now();
    for (let round = 0; round < 60; round++) {
      asked.push(secrets.find(`a key ${round}`));
      const headers = { authorization: `Bearer ccoat_${round}` };
      asked.push(readers.findReader({ headers } as IncomingMessage).then((reader) => expect(reader).toBeNull()));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await Promise.all(asked);
    const tookMs = performance.now() - begunMs;

    expect(looks).toBeGreaterThan(1);
    expect(looks).toBeLessThanOrEqual(tookMs / 99 + 1);
  });

  it("is refused for a second without a look-up, and looked up again afterwards", async () => {
    let looks = 0;
    const keys = new UnknownKeys(
      async () => void looks++,
      () => false,
    );
    await keys.find("a");
    await keys.find("a");
    expect(looks).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await keys.find("a");
    expect(looks).toBe(2);
  });

  it("is found by a look-up that begins after its request, not by one already in progress", async () => {
    const known = new Set<string>();
    let finish: () => void = () => {};
    const keys = new UnknownKeys(
      () => new Promise((resolve) => (finish = resolve)),
      (hash) => known.has(hash),
    );
    const first = keys.find("old");
    await new Promise((resolve) => setTimeout(resolve, 5));
    const finishFirst = finish;
    const second = keys.find("new");
    finishFirst();
    await first;
    known.add("new");
    await eventually(() => expect(finish).not.toBe(finishFirst));
    finish();
    await second;

    // Refused a moment ago: resolves without another look, which would never finish.
    await keys.find("old");
    expect(known.has("new")).toBe(true);
  });
});
