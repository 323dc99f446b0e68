import { createHash } from "node:crypto";
import { expect, it, onTestFinished } from "vitest";
import { NO_LIMITS } from "#core/access/key-limits.ts";
import { NO_PURGES } from "#core/cache/purges.ts";
import { LocalKeyLimiter } from "#proxy/keys/key-limiter.ts";
import { Spending } from "#proxy/keys/spending.ts";
import { startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const startOfMonthMs = Date.UTC(2026, 10, 1);
const buildKey = (id: string, monthlyBudgetNanoUsd: number | null) => ({
  ...{ id, keyHash: createHash("sha256").update(toSecret(id)).digest("hex"), name: id, expiresAtMs: null },
  ...{ personId: null, personEmail: null, personName: null, team: null, project: null },
  attribution: "locked" as const,
  limits: { ...NO_LIMITS, monthlyBudgetNanoUsd },
});
const toSecret = (id: string) => `cco_${id.padEnd(43, "x")}`;

it("T22f: a budget holds while statistics are switched off, and only requests it holds leave an event", async () => {
  const upstream = await startScriptedUpstream();
  const spending = new Spending();
  const sums = { fromMs: startOfMonthMs, endsAtMs: Date.UTC(2026, 11, 1), drainedAgoMs: null, byHolder: [] };
  spending.take(sums);
  const proxy = await startProxyInProcess({
    upstreamUrl: upstream.url,
    rules: "[overrides]\nenabled = true\n[analytics]\ntrack_statistics = false\n",
    env: { CCO_REQUIRE_KEY: "1", ANTHROPIC_API_KEY: "sk-operator" },
    keyLimiter: new LocalKeyLimiter(
      () => performance.now(),
      spending,
      () => Date.UTC(2026, 10, 25),
    ),
    now: () => Date.UTC(2026, 10, 25),
    state: {
      ...{
        revision: 1,
        rules: null,
        holderLimits: [],
        budgetRaises: [],
        accessTokens: [],
        cachePurges: NO_PURGES,
        prices: null,
        draftHeaders: [],
        hasPeople: true,
      },
      proxyKeys: [buildKey("key_held", 1), buildKey("key_free", null)],
      settings: { organisation: "", reportingZone: "UTC", rulesFileHash: null },
    },
  });
  onTestFinished(async () => {
    await proxy.end();
    await upstream.close();
  });
  const ask = async (id: string) => {
    const answer = await fetch(`${proxy.url}/v1/messages`, {
      method: "POST",
      headers: { "x-cco-key": toSecret(id), "content-type": "application/json" },
      body: JSON.stringify({ model: "claude-haiku-5-5", max_tokens: 1, messages: [] }),
    });
    await answer.text();
    return answer.status;
  };

  expect([await ask("key_free"), await ask("key_free")]).toEqual([200, 200]);
  expect(proxy.closed).toEqual([]);
  expect([await ask("key_held"), await ask("key_held")]).toEqual([200, 429]);

  expect(proxy.closed.filter(({ status }) => status === 200).map(({ proxyKeyId }) => proxyKeyId)).toEqual(["key_held"]);
});
