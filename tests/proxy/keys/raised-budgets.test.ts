import { createHash } from "node:crypto";
import { performance } from "node:perf_hooks";
import { expect, it, onTestFinished } from "vitest";
import type { BudgetRaise } from "#core/access/budget-raise.ts";
import { NO_LIMITS } from "#core/access/key-limits.ts";
import { NO_PURGES } from "#core/cache/purges.ts";
import { LocalKeyLimiter } from "#proxy/keys/key-limiter.ts";
import { Spending } from "#proxy/keys/spending.ts";
import type { ControlState } from "#proxy/ledger/client/ledger-client.ts";
import { startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES } from "#tests/support/proxy-process.ts";
import { answerJson, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const SECRET = `cco_${"laptop".padEnd(43, "x")}`;
const dollars = (count: number) => count * 1_000_000_000;

/** A key with a budget of $50 in the team payments, of which $60 are spent. */
async function startSpent(budgetRaises: BudgetRaise[]) {
  const limits = { ...NO_LIMITS, monthlyBudgetNanoUsd: dollars(50) };
  const keyHash = createHash("sha256").update(SECRET).digest("hex");
  const key = { id: "key_1", keyHash, personId: null, personEmail: null, personName: null, name: "laptop" };
  const state: ControlState = {
    revision: 1,
    rules: null,
    proxyKeys: [{ ...key, team: "payments", project: null, expiresAtMs: null, attribution: "locked", limits: null }],
    holderLimits: [{ kind: "team", holder: "payments", limits }],
    budgetRaises,
    accessTokens: [],
    cachePurges: NO_PURGES,
    prices: null,
    draftHeaders: [],
    settings: { organisation: "", reportingZone: "UTC", rulesFileHash: null },
    hasPeople: true,
  };
  const spending = new Spending();
  const now = Date.now();
  const byHolder = [["team:payments", dollars(60), 0]] as const;
  spending.take({ fromMs: now - 86_400_000, endsAtMs: now + 86_400_000, drainedAgoMs: null, byHolder });
  const upstream = await startScriptedUpstream(answerJson);
  const keyLimiter = new LocalKeyLimiter(() => performance.now(), spending);
  const env = { CCO_REQUIRE_KEY: "1", ANTHROPIC_API_KEY: "sk-operator" };
  const proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: NO_RULES, state, keyLimiter, env });
  onTestFinished(async () => {
    await proxy.end();
    await upstream.close();
  });
  return async () => {
    const body = JSON.stringify({ model: "claude-haiku-5-5" });
    const answer = await fetch(`${proxy.url}/v1/messages`, { method: "POST", headers: { "x-cco-key": SECRET }, body });
    const { error } = (await answer.json()) as { error?: { type: string; message: string } };
    return { status: answer.status, type: error?.type, text: error?.message ?? "" };
  };
}

const raise = (fields: Partial<BudgetRaise>): BudgetRaise => ({
  kind: "team",
  holder: "payments",
  unit: "dollars",
  nanoUsd: dollars(20),
  endsAtMs: Date.now() + 3_600_000,
  ...fields,
});

it("a raise lets requests of its holder in again, and a refusal names the budget with it", async () => {
  const raised = await startSpent([raise({})]);
  expect((await raised()).status).toBe(200);
  const tooLittle = await startSpent([raise({ nanoUsd: dollars(5) })]);
  expect(await tooLittle()).toMatchObject({ status: 429, type: "billing_error" });
  expect((await tooLittle()).text).toContain("$55.00");
});

it("a raise of another holder, of plan value, or one that has ended raises nothing", async () => {
  for (const other of [{ holder: "web" }, { kind: "project" as const }, { unit: "plan" as const }, { endsAtMs: 1 }]) {
    const ask = await startSpent([raise(other)]);
    expect(await ask(), JSON.stringify(other)).toMatchObject({ status: 429, type: "billing_error" });
  }
});

it("a raise ends by the clock of the proxy, without a change of the control state", async () => {
  const endsAtMs = Date.now() + 3_000;
  const ask = await startSpent([raise({ endsAtMs })]);
  const first = await ask();
  // On a machine that took three seconds for one request there is nothing to see before the end.
  if (Date.now() < endsAtMs) expect(first.status).toBe(200);
  await expect.poll(async () => (await ask()).status, { timeout: 60_000 }).toBe(429);
  expect(Date.now()).toBeGreaterThanOrEqual(endsAtMs);
});
