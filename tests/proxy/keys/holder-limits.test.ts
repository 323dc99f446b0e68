import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Attribution } from "#core/access/attribution.ts";
import type { StoredLimits } from "#core/access/holder-table.ts";
import { type KeyLimits, NO_LIMITS } from "#core/access/key-limits.ts";
import { EVERY_PERSON } from "#core/access/limit-holder.ts";
import { NO_PURGES } from "#core/cache/purges.ts";
import { type KeyLimiter, LocalKeyLimiter } from "#proxy/keys/key-limiter.ts";
import { Spending } from "#proxy/keys/spending.ts";
import type { ControlState } from "#proxy/ledger/client/ledger-client.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES } from "#tests/support/proxy-process.ts";
import { answerJson, type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const toSecret = (name: string) => `cco_${name.padEnd(43, "x")}`;
interface KeyFields {
  personId?: string;
  project?: string;
  team?: string;
  attribution?: Attribution;
}
const buildKey = (name: string, { personId, project, team, attribution = "locked" }: KeyFields) => ({
  id: `key_${name}`,
  keyHash: createHash("sha256").update(toSecret(name)).digest("hex"),
  personId: personId ?? null,
  personEmail: personId === undefined ? null : `${personId}@example.com`,
  personName: personId ?? null,
  name,
  team: team ?? null,
  project: project ?? null,
  expiresAtMs: null,
  attribution,
  limits: null,
});
const stored = (kind: StoredLimits["kind"], holder: string, limits: Partial<KeyLimits>): StoredLimits => ({
  kind,
  holder,
  limits: { ...NO_LIMITS, ...limits },
});
const STATE: ControlState = {
  revision: 1,
  rules: null,
  proxyKeys: [
    buildKey("laptop", { personId: "ada" }),
    buildKey("desktop", { personId: "ada" }),
    buildKey("bob", { personId: "bob" }),
    buildKey("eve", { personId: "eve" }),
    buildKey("agent", {}),
    buildKey("shop", { project: "checkout" }),
    buildKey("narrow", { project: "narrow", team: "few" }),
    buildKey("plan", { project: "planned", team: "spent" }),
    buildKey("free", { attribution: "free" }),
  ],
  holderLimits: [
    stored("person", EVERY_PERSON, { requestsPerMinute: 2 }),
    stored("person", "ada", { requestsPerMinute: 3 }),
    stored("person", "bob", {}),
    stored("project", "checkout", { monthlyBudgetNanoUsd: 50_000_000_000 }),
    stored("project", "rated", { requestsPerMinute: 1 }),
    stored("project", "narrow", { endpoints: "messages" }),
    stored("team", "few", { models: ["haiku"] }),
    stored("team", "spent", { monthlyBudgetNanoUsd: 1, monthlyPlanNanoUsd: 12_500_000_000 }),
  ],
  budgetRaises: [],
  accessTokens: [],
  cachePurges: NO_PURGES,
  prices: null,
  draftHeaders: [],
  settings: { organisation: "", reportingZone: "UTC", rulesFileHash: null },
  hasPeople: true,
};

let upstream: ScriptedUpstream;
let keyed: ProxyInProcess;
let open: ProxyInProcess;
let now = 0;
let asked: string[] = [];
const wallMs = Date.UTC(2026, 10, 25);
const spending = new Spending();
const local = new LocalKeyLimiter(
  () => now,
  spending,
  () => wallMs,
);
const keyLimiter: KeyLimiter = {
  enter: (held, mode) => {
    asked.push(held.counters.join(" "));
    return local.enter(held, mode);
  },
};
const sendSums = (...byHolder: [string, number, number][]) =>
  spending.take({
    fromMs: Date.UTC(2026, 10, 1),
    endsAtMs: Date.UTC(2026, 11, 1),
    drainedAgoMs: null,
    byHolder,
  });

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerJson);
  const common = { upstreamUrl: upstream.url, rules: NO_RULES, state: STATE, keyLimiter };
  keyed = await startProxyInProcess({ ...common, env: { CCO_REQUIRE_KEY: "1", ANTHROPIC_API_KEY: "sk-operator" } });
  open = await startProxyInProcess(common);
});
beforeEach(() => {
  asked = [];
  now += 3_600_000;
  sendSums();
});
afterAll(async () => {
  await keyed.end();
  await open.end();
  await upstream.close();
});

const MODEL = "claude-haiku-5-5";
async function ask(
  name: string,
  headers: Record<string, string> = {},
  path = "/v1/messages",
  model = MODEL,
  fields: object = {},
) {
  const answer = await fetch(keyed.url + path, {
    method: "POST",
    headers: { "x-cco-key": toSecret(name), ...headers },
    body: JSON.stringify({ model, ...fields }),
  });
  const { error } = JSON.parse(await answer.text()) as { error?: { message: string; type: string } };
  return { status: answer.status, headers: answer.headers, text: error?.message ?? "", type: error?.type };
}
const statuses = async (count: number, name: string, headers: Record<string, string> = {}) => {
  const found: number[] = [];
  for (let at = 0; at < count; at++) found.push((await ask(name, headers)).status);
  return found;
};

describe("T22c: the limits of a person", () => {
  it("apply to all keys of that person, and refusals name only the key's owner", async () => {
    expect([...(await statuses(2, "laptop")), ...(await statuses(1, "desktop"))]).toEqual([200, 200, 200]);

    for (const name of ["laptop", "desktop"]) {
      const refused = await ask(name);
      expect(refused.status).toBe(429);
      expect(refused.headers.get("retry-after")).toBe("20");
      expect(refused.text).toContain("The owner of this proxy key has used up its requests of this minute.");
      expect(refused.text).not.toMatch(/ada|example/);
    }
  });

  it("default to those of all people, counted per person, unless an admin exempts the person", async () => {
    expect(await statuses(3, "eve")).toEqual([200, 200, 429]);
    expect(await statuses(3, "laptop")).toEqual([200, 200, 200]);
    expect(await statuses(6, "bob")).toEqual([200, 200, 200, 200, 200, 200]);
    expect(await statuses(6, "agent")).toEqual([200, 200, 200, 200, 200, 200]);
  });
});

describe("T22c: the limits of a project and a team", () => {
  it("name the holder of the spent budget, its amount, and the reset time in a refusal", async () => {
    sendSums(["project:checkout", 50_000_000_000, 0]);

    const refused = await ask("shop");

    expect(refused).toMatchObject({
      status: 429,
      type: "billing_error",
      text: "The project checkout has spent its $50.00 of this month. Ask an admin of this installation for more, or wait until the next month begins.",
    });
    expect(refused.headers.get("retry-after")).toBe(String(6 * 86_400));
    expect((await ask("agent")).status).toBe(200);
  });

  it("apply to a locked key regardless of the project in headers and path", async () => {
    sendSums(["project:checkout", 50_000_000_000, 0]);

    expect((await ask("shop", { "x-cco-project": "other" })).status).toBe(429);
    expect((await ask("shop", {}, "/p/other/v1/messages")).status).toBe(429);
  });

  it("apply to every request that counts for the holder: of free keys, and without a key", async () => {
    expect(await statuses(2, "free", { "x-cco-project": "rated" })).toEqual([200, 429]);
    const anonymous = await fetch(`${open.url}/p/rated/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": "sk-ant-own" },
      body: `{"model":"${MODEL}"}`,
    });
    expect(anonymous.status).toBe(429);
    expect(await anonymous.text()).toContain("The project rated has used up its requests of this minute.");
    expect((await ask("free", { "x-cco-project": "another" })).status).toBe(200);
  });

  it("refuse endpoints and models that one holder forbids before contacting the provider", async () => {
    upstream.arrived.length = 0;

    const files = await ask("narrow", {}, "/v1/files");
    expect([files.status, files.text]).toEqual([
      403,
      "The project narrow may use messages, token counts and the list of models only.",
    ]);
    const model = await ask("narrow", {}, "/v1/messages", "claude-opus-5-5");
    expect([model.status, model.text]).toEqual([
      400,
      "The team few may only ask for haiku. Choose such a model, or ask an admin for another one.",
    ]);
    for (const [field, extra] of [
      ["tools", { tools: [{ type: "advisor_20260301", name: "advisor", model: "claude-opus-5-5" }] }],
      ["fallbacks", { fallbacks: [{ model: "claude-haiku-5-5" }, { model: "claude-opus-5-5" }] }],
    ] as const)
      expect(await ask("narrow", {}, "/v1/messages", MODEL, extra)).toMatchObject({
        status: 400,
        text: `The team few may only ask for haiku, and ${field} of this request names another one. Choose such a model, or ask an admin for another one.`,
      });
    expect(upstream.arrived).toHaveLength(0);
    expect((await ask("narrow")).status).toBe(200);
    const allowed = { tools: [{ name: "advisor", model: "haiku" }], fallbacks: [{ model: MODEL }] };
    expect((await ask("narrow", {}, "/v1/messages", MODEL, allowed)).status).toBe(200);
  });
});

describe("subscription traffic", () => {
  const subscription = { authorization: "Bearer sk-ant-oat01-own" };

  it("continues when the dollars are spent, and only it is refused when the plan value is used up", async () => {
    sendSums(["team:spent", 5, 0]);
    expect((await ask("plan", subscription)).status).toBe(200);
    expect((await ask("plan")).status).toBe(429);

    sendSums(["team:spent", 0, 12_500_000_000]);
    const refused = await ask("plan", subscription);
    expect(refused.status).toBe(429);
    expect(refused.text).toContain("The team spent has used up its plan value of $12.50 of this month.");
    expect((await ask("plan")).status).toBe(200);
  });
});

describe("a request without counted holders", () => {
  it("skips the key limiter, while a counted one calls it once with all its holders", async () => {
    for (const name of ["agent", "bob", "narrow"]) await ask(name);
    expect(asked).toEqual([]);

    await ask("laptop");
    await ask("plan");
    // Its budget is one of dollars, which a subscription request does not use up.
    await ask("shop", { authorization: "Bearer sk-ant-oat01-own" });
    expect(asked).toEqual(["person:ada", "team:spent"]);
  });
});
