// Long because each secret is looked for in every place where one could be kept or shown.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { issueProxyKey } from "#control/keys/issue.ts";
import { changeLimits, removeLimits } from "#control/limits/change.ts";
import { changeSettings } from "#control/settings/change.ts";
import { issueAccessToken } from "#control/tokens/issue.ts";
import { NO_LIMITS } from "#core/access/key-limits.ts";
import { ACCESS_TOKEN_PREFIX, holdsOwnSecret, holdsWholeSecret, PROXY_KEY_PREFIX } from "#core/access/own-secrets.ts";
import { NO_PURGES } from "#core/cache/purges.ts";
import { hashSecret } from "#store/hashes.ts";
import { findHolderLimits, saveHolderLimits } from "#store/holder-limits.ts";
import { inTransaction } from "#store/transaction.ts";
import { makeControlWorld } from "#tests/support/control-world.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES } from "#tests/support/proxy-process.ts";
import { answerJson, type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const KEY = `${PROXY_KEY_PREFIX}${"k".repeat(43)}`;
const TOKEN = `${ACCESS_TOKEN_PREFIX}${"t".repeat(43)}`;
const OWN = "sk-ant-own";
const PROVIDERS = "sk-ant-api03-abcdefgh";
const SIGNED = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2ln";
const basic = (secret: string) => `Basic ${Buffer.from(`ada:${secret}`).toString("base64")}`;

let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerJson);
  const key = { id: "key_1", name: "Laptop", keyHash: hashSecret(KEY), personId: null, personEmail: null };
  const scope = { personName: null, team: null, project: null, attribution: "free" as const, limits: null };
  proxy = await startProxyInProcess({
    upstreamUrl: upstream.url,
    rules: NO_RULES,
    env: { ANTHROPIC_API_KEY: "sk-operator" },
    state: {
      cachePurges: NO_PURGES,
      prices: null,
      draftHeaders: [],
      revision: 1,
      rules: null,
      proxyKeys: [{ ...key, ...scope, expiresAtMs: null }],
      holderLimits: [],
      budgetRaises: [],
      accessTokens: [],
      settings: { organisation: "", reportingZone: "UTC", rulesFileHash: null },
      hasPeople: true,
    },
  });
});
beforeEach(() => {
  upstream.arrived.length = 0;
  proxy.closed.length = 0;
});
afterAll(async () => {
  await proxy.end();
  await upstream.close();
});

const CARRIERS = [
  ["POST", "/v1/messages"],
  ["POST", "/v1/messages/count_tokens"],
  ["POST", "/v1/messages/batches"],
  ["POST", "/v1/files"],
  ["GET", "/v1/files/f"],
  ["GET", "/v1/models"],
] as const;

/** The list of models is kept for a moment, by its query. */
let asked = 0;

async function askAll(headers: Record<string, string>, query = `?n=${asked++}`) {
  const answers: { path: string; status: number; text: string }[] = [];
  for (const [method, path] of CARRIERS) {
    const body = method === "POST" ? '{"model":"claude-sonnet-5-5"}' : null;
    const answer = await fetch(`${proxy.url}${path}${query}`, { method, headers, body });
    answers.push({ path, status: answer.status, text: await answer.text() });
  }
  return answers;
}
const left = () => upstream.arrived.map(({ url, rawHeaders }) => `${url} ${rawHeaders.join(" ")}`).join("\n");

describe("T5a: a secret of ours where an event would keep it", () => {
  const ask = (body: object, headers: Record<string, string> = {}) =>
    fetch(`${proxy.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": OWN, ...headers },
      body: JSON.stringify({ model: "claude-sonnet-5-5", ...body }),
    });

  it.each([
    ["a proxy key", KEY],
    ["an access token behind a family's name", `claude-${TOKEN}`],
    ["a key of the provider", PROVIDERS],
    ["a signed token", SIGNED],
  ])("is refused as the name of a model: %s", async (_, model) => {
    const refused = await ask({ model });

    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("The field model holds")]);
    expect(upstream.arrived).toEqual([]);
    expect(JSON.stringify(proxy.closed)).not.toContain(model);
    expect(await (await fetch(`${proxy.url}/metrics`)).text()).not.toContain(model);
  });

  it.each([
    ["a proxy key and an access token", KEY, TOKEN],
    ["keys of the provider", PROVIDERS, PROVIDERS.replace(/-/g, "%2D")],
    ["signed tokens", SIGNED, Buffer.from(`user:${SIGNED}`).toString("base64url")],
  ])("is not recorded as session, agent or client: %s", async (_, one, other) => {
    const headers = {
      "x-claude-code-session-id": one,
      "x-claude-code-agent-id": other,
      "x-claude-code-parent-agent-id": other,
      "user-agent": `${one}/1.0`,
    };
    expect((await ask({}, headers)).status).toBe(200);
    expect((await ask({ metadata: { user_id: JSON.stringify({ session_id: one }) } })).status).toBe(200);

    expect(proxy.closed).toMatchObject([
      { sessionId: null, agentId: null, parentAgentId: null, clientName: null, clientVersion: null },
      { sessionId: null },
    ]);
  });
});

describe("a secret of CCO", () => {
  const refused: [string, Record<string, string>, string][] = [
    ["an access token as bearer", { authorization: `Bearer ${TOKEN}` }, "access token"],
    ["an access token in x-api-key", { "x-api-key": TOKEN }, "access token"],
    ["an access token in x-cco-key, beside an own key", { "x-cco-key": TOKEN, "x-api-key": OWN }, "access token"],
    ["a proxy key with another scheme", { authorization: `Token ${KEY}` }, "x-api-key"],
    ["a proxy key as Basic", { authorization: `Basic ${KEY}` }, "x-api-key"],
    ["a proxy key inside Basic credentials", { authorization: basic(KEY) }, "x-api-key"],
    ["a proxy key glued to its scheme", { authorization: `Bearer${KEY}` }, "x-api-key"],
    ["a proxy key in capitals", { "x-api-key": KEY.toUpperCase() }, "x-api-key"],
    ["a proxy key with a scheme in x-api-key", { "x-api-key": `Bearer ${KEY}` }, "x-api-key"],
    ["a proxy key in api-key", { "api-key": KEY }, "x-api-key"],
    ["a proxy key in api-key, beside an own key", { "api-key": KEY, "x-api-key": OWN }, "x-api-key"],
  ];
  it.each(refused)("is refused on every path with a sentence that names the fix: %s", async (_, headers, hint) => {
    for (const { path, status, text } of await askAll(headers)) {
      expect(status, path).toBe(401);
      expect(text, path).toContain("authentication_error");
      expect(text, path).toContain(hint);
      expect(text, path).not.toContain("kkkk");
    }
    expect(upstream.arrived).toHaveLength(0);
  });

  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const percent = (text: string) => [...text].map((c) => `%${c.charCodeAt(0).toString(16)}`).join("");
  const disguises: [string, (secret: string) => string][] = [
    ["Basic credentials in a list", (secret) => `${basic(secret)}, x`],
    ["Basic credentials with a parameter", (secret) => `${basic(secret)} x=1`],
    ["Basic credentials in quotes", (secret) => `Basic "${base64(`u:${secret}`)}"`],
    ["Basic credentials called Bearer", (secret) => `Bearer ${base64(`u:${secret}`)}`],
    ["base64", (secret) => base64(secret)],
    ["base64url without its end", (secret) => Buffer.from(`a:${secret}`).toString("base64url").replace(/=+$/, "")],
    ["base64 glued to other words", (secret) => `ab${base64(secret)}c`],
    ["base64 of base64", (secret) => base64(`Basic ${base64(`u:${secret}`)}`)],
    ["an escaped underscore", (secret) => secret.replace("_", "%5F")],
    ["an underscore escaped twice", (secret) => secret.replace("_", "%255f")],
    ["escapes for all of it", percent],
    ["escapes inside Basic credentials", (secret) => basic(secret.replace("_", "%5F"))],
    ["base64 with an escaped end", (secret) => `${base64(`${secret}a`).replace(/=*$/, "")}%3D`],
    ["other letters on both sides", (secret) => `abc${secret}def`],
  ];
  const PLACES = ["authorization", "x-api-key", "api-key", "x-goog-api-key", "user-agent", "referer", "x-trace", "via"];
  it.each(disguises)("never leaves in disguise, alone or beside an own key: %s", async (_, disguised) => {
    for (const secret of [KEY, TOKEN]) {
      for (const name of PLACES) {
        await askAll({ [name]: disguised(secret) });
        await askAll(
          name === "x-api-key"
            ? { authorization: OWN, [name]: disguised(secret) }
            : { "x-api-key": OWN, [name]: disguised(secret) },
        );
      }
      await askAll({ "x-api-key": OWN }, `?x=${encodeURIComponent(disguised(secret))}`);
      const path = `/v1/files/${encodeURIComponent(disguised(secret))}`;
      expect((await fetch(proxy.url + path, { headers: { "x-api-key": OWN } })).status).toBe(401);
    }
    expect(left()).not.toContain(disguised(KEY));
    expect(left()).not.toContain(disguised(TOKEN));
  });

  it.each([
    ["as bearer", { authorization: `Bearer ${KEY}` }],
    ["in Authorization without a scheme", { authorization: KEY }],
    ["in x-api-key, and in other headers as well", { "x-api-key": KEY, "x-Trace": `a, ${KEY}`, "api-key": TOKEN }],
    ["in x-cco-key, with others elsewhere", { "x-cco-key": KEY, authorization: basic(KEY), "x-api-key": TOKEN }],
  ])("is used as the proxy key and not forwarded: %s", async (_, headers) => {
    for (const { path, status } of await askAll(headers)) expect(status, path).toBe(200);
    expect(upstream.arrived).toHaveLength(CARRIERS.length);
    expect(left()).not.toMatch(/cco(at)?_/i);
    expect(left()).not.toContain(basic(KEY));
    for (const { headers: sent } of upstream.arrived) expect(sent["x-api-key"]).toBe("sk-operator");
    for (const event of proxy.closed) expect(event.proxyKeyId).toBe("key_1");
  });

  it("is not forwarded in a non-credential header, beside an own key", async () => {
    for (const { status } of await askAll({ "x-api-key": OWN, "x-note": `see ${TOKEN}` })) expect(status).toBe(200);
    expect(left()).toContain(OWN);
    expect(left()).not.toContain("ccoat_");
  });

  it.each([`?key=${KEY}`, `?beta=true&x=%63co_${"k".repeat(43)}`, `?t=${TOKEN}`])(
    "is refused in the query of an address: %s",
    async (query) => {
      for (const { path, status, text } of await askAll({ "x-api-key": OWN }, query)) {
        expect(status, path).toBe(401);
        expect(text, path).toContain("no place for a secret");
      }
      expect(upstream.arrived).toHaveLength(0);
    },
  );

  it("is refused as the name of a project, which would be recorded", async () => {
    const post = (path: string, headers: Record<string, string>) =>
      fetch(proxy.url + path, { method: "POST", headers, body: '{"model":"claude-sonnet-5-5"}' });

    for (const secret of [KEY, PROVIDERS])
      expect((await post(`/p/${secret}/v1/messages`, { "x-api-key": OWN })).status).toBe(401);
    for (const [name, secret] of [
      ["x-cco-project", KEY],
      ["x-cco-team", TOKEN],
      ["x-cco-team", `team ${KEY}`],
      ["x-cco-project", PROVIDERS],
      ["x-cco-team", SIGNED],
    ] as const) {
      const answer = await post("/v1/messages", { "x-api-key": OWN, [name]: secret });
      expect(answer.status, name).toBe(400);
      const text = await answer.text();
      expect(text).toContain(`${name} holds a secret where a name belongs`);
      expect(text).not.toContain(secret);
    }
    expect((await post("/p/cco_platform/v1/messages", { "x-api-key": OWN })).status).toBe(200);
    expect(proxy.closed.map(({ project }) => project)).toEqual(["cco_platform"]);
    expect(left()).not.toContain(KEY);
  });

  it("is refused wherever the console writes a name down, and can be removed where it was written before", async () => {
    const world = await makeControlWorld();
    const owner = await world.person("owner");
    const { deps } = world;
    const writes: Record<string, () => Promise<unknown>> = {
      "limits of a team": () => changeLimits(owner, { kind: "team", holder: KEY, openRequestsMax: 1 }, deps),
      "limits of a project": () => changeLimits(owner, { kind: "project", holder: TOKEN, openRequestsMax: 1 }, deps),
      "name of a key": () => issueProxyKey(owner, { name: `my ${KEY}` }, deps),
      "team of a key": () => issueProxyKey(owner, { name: "Laptop", team: TOKEN }, deps),
      "project of a key": () => issueProxyKey(owner, { name: "Laptop", project: KEY }, deps),
      "name of a token": () => issueAccessToken(owner, { name: KEY, scopes: ["read"], expiresInDays: 1 }, deps),
      organisation: () => changeSettings(owner, { organisation: KEY }, deps),
    };
    for (const [what, write] of Object.entries(writes))
      await expect(write(), what).rejects.toThrow(/holds a proxy key or access token of CCO, which is no name/);

    await inTransaction(deps.db, (tx) =>
      saveHolderLimits(tx, { kind: "team", holder: KEY, limits: NO_LIMITS }, deps.now()),
    );
    await removeLimits(owner, { kind: "team", holder: KEY }, deps);
    expect(await deps.db.$transaction((tx) => findHolderLimits(tx, "team", KEY))).toBeNull();
    await world.end();
  });

  it("is looked for in bounded time, however deep a header is folded", () => {
    let folded = "x".repeat(64);
    while (folded.length < 12_000) folded = Buffer.from(folded).toString("base64");
    const startedTick = performance.now();
    for (const text of [
      folded,
      `%${"25".repeat(8_000)}`,
      "cco".repeat(5_000),
      "Basic ".repeat(2_500),
      "a-".repeat(8_000),
    ])
      expect([holdsOwnSecret(text), holdsWholeSecret(text)]).toEqual([false, false]);
    // A few milliseconds, with room for a busy machine.
    expect(performance.now() - startedTick).toBeLessThan(1_000);
  });

  it("is recognised in the form the console issues", async () => {
    const world = await makeControlWorld();
    const owner = await world.person("owner");
    const key = await issueProxyKey(owner, { name: "Laptop" }, world.deps);
    const token = await issueAccessToken(owner, { name: "CI", scopes: ["read"], expiresInDays: 1 }, world.deps);
    await world.end();

    expect(key.secret.startsWith(PROXY_KEY_PREFIX)).toBe(true);
    expect(token.secret.startsWith(ACCESS_TOKEN_PREFIX)).toBe(true);
    for (const { secret } of [key, token])
      expect([holdsOwnSecret(secret), holdsWholeSecret(secret)]).toEqual([true, true]);
  });
});

describe("a foreign credential", () => {
  it("leaves in any form that others are in", async () => {
    const jwt = [
      `{"alg":"RS256"}`,
      JSON.stringify({ iss: "https://idp.example", team: "cco_team", n: "x".repeat(300) }),
    ]
      .map((part) => Buffer.from(part).toString("base64url"))
      .join(".");
    const others = [`Bearer ${jwt}.${"Q".repeat(342)}`, basic("hunter2"), `Bearer sk-ant-api03-${"a_-9".repeat(24)}AA`];
    for (const authorization of others) {
      upstream.arrived.length = 0;
      for (const { status } of await askAll({ authorization })) expect(status).toBe(200);
      for (const { headers } of upstream.arrived) expect(headers.authorization).toBe(authorization);
    }
  });

  it("is distinguished from a CCO secret, for any middle part", async () => {
    const secret = `sk-ant-oat01-${"a".repeat(40)}cco_${"b".repeat(50)}`;
    for (const { status } of await askAll({ authorization: `Bearer ${secret}` })) expect(status).toBe(200);
    for (const { headers } of upstream.arrived) expect(headers.authorization).toBe(`Bearer ${secret}`);
  });
});
