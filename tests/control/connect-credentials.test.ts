// Long because it is one table: every credential a client can send, and each way it can be answered.
import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { How } from "#app/(console)/connect/snippets.ts";
import { refusalText, strayTitle, strayWords } from "#app/(console)/connect/stray-words.ts";
import { connectStatus } from "#control/connect/status.ts";
import type { PersonActor } from "#control/session/check-session.ts";
import { NO_PURGES } from "#core/cache/purges.ts";
import type { Arrival } from "#core/connect/arrival.ts";
import type { ControlState } from "#proxy/ledger/client/ledger-client.ts";
import { queryRows } from "#store/raw.ts";
import { type ControlWorld, makeControlWorld } from "#tests/support/control-world.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES } from "#tests/support/proxy-process.ts";
import { eventually } from "#tests/support/scratch.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const KEY = `cco_${"k".repeat(43)}`;
const COLLEAGUES = `cco_${"c".repeat(43)}`;
const EXPIRED = `cco_${"e".repeat(43)}`;
/** A revoked key is not in the proxy's state, as one that was made up. */
const REVOKED = `cco_${"r".repeat(43)}`;
const OWN = "sk-ant-api03-own";

const key = (id: string, secret: string, personId: string, expiresAtMs: number | null = null) => ({
  ...{ id, name: id, keyHash: createHash("sha256").update(secret).digest("hex"), expiresAtMs, personId },
  ...{ personEmail: "a@example.com", personName: "A", team: null, project: null, attribution: "free" as const },
  limits: null,
});
const STATE: ControlState = {
  ...{
    cachePurges: NO_PURGES,
    revision: 1,
    rules: null,
    holderLimits: [],
    budgetRaises: [],
    accessTokens: [],
    hasPeople: true,
    prices: null,
    draftHeaders: [],
  },
  proxyKeys: [key("key_1", KEY, "me"), key("key_2", COLLEAGUES, "colleague"), key("key_3", EXPIRED, "me", 1)],
  settings: { organisation: "", reportingZone: "UTC", rulesFileHash: null },
};

const sent = {
  nothing: {},
  "own key": { "x-api-key": OWN },
  "own login": { authorization: "Bearer sk-ant-oat01-own" },
  "CCO key": { "x-cco-key": KEY },
  "CCO key and own key": { "x-cco-key": KEY, "x-api-key": OWN },
  "colleague's key and own key": { "x-cco-key": COLLEAGUES, "x-api-key": OWN },
  "expired key": { authorization: `Bearer ${EXPIRED}` },
  "revoked key": { "x-api-key": REVOKED },
  "CCO key in a wrong header": { "x-my-key": KEY, "x-api-key": OWN },
  "CCO key in quotes": { "x-cco-key": `"${KEY}"`, "x-api-key": OWN },
  "CCO key with a comma": { "x-api-key": `${KEY},` },
  "CCO key pasted twice": { "x-api-key": KEY + KEY },
  "CCO key behind Bearer": { "x-cco-key": `Bearer ${KEY}` },
  "CCO key behind Bearer twice": { authorization: `Bearer Bearer ${KEY}` },
  "access token": { authorization: `Bearer ccoat_${"a".repeat(43)}` },
} satisfies Record<string, Record<string, string>>;
const doors = { open: {}, keyed: { CCO_REQUIRE_KEY: "1" }, operator: { ANTHROPIC_API_KEY: "sk-ant-operator" } };

type Case = [keyof typeof sent, keyof typeof doors, 200 | 401 | 429, How, string, string];

/**
 * Credential checks and their outcomes, as rows. A row says what was sent, to whom, what the provider would answer, and
 * what the page waits for. Then come what the page says, and what is to be set.
 */
const cases: Case[] = [
  [
    "nothing",
    "open",
    401,
    "own-and-proxy-key",
    "without any credential: Credential missing",
    "ANTHROPIC_CUSTOM_HEADERS",
  ],
  ["nothing", "open", 401, "own", "without any credential: Credential missing", "Sign in"],
  ["nothing", "operator", 401, "proxy-key", "without any credential: Credential missing", "ANTHROPIC_AUTH_TOKEN"],
  ["nothing", "open", 200, "own-and-proxy-key", "without your proxy key: CCO key missing", "ANTHROPIC_CUSTOM_HEADERS"],
  ["nothing", "open", 200, "own", "counts", ""],
  ["nothing", "keyed", 200, "own-and-proxy-key", "without your proxy key: CCO key missing", "ANTHROPIC_CUSTOM_HEADERS"],
  ["own key", "open", 200, "own", "counts", ""],
  ["own key", "open", 200, "own-and-proxy-key", "without your proxy key: CCO key missing", "ANTHROPIC_CUSTOM_HEADERS"],
  ["own key", "open", 401, "own", "the provider refused it: Credential refused by the provider", "Sign in"],
  [
    "own login",
    "open",
    401,
    "own-and-proxy-key",
    "the provider refused it: Credential refused by the provider",
    "HEADERS",
  ],
  [
    "own login",
    "open",
    429,
    "own-and-proxy-key",
    "without your proxy key: CCO key missing",
    "ANTHROPIC_CUSTOM_HEADERS",
  ],
  [
    "own login",
    "keyed",
    200,
    "own-and-proxy-key",
    "without your proxy key: CCO key missing",
    "ANTHROPIC_CUSTOM_HEADERS",
  ],
  ["CCO key", "operator", 200, "proxy-key", "counts", ""],
  ["CCO key", "operator", 401, "proxy-key", "does not take the organisation’s key", ""],
  ["CCO key", "open", 200, "own-and-proxy-key", "with your proxy key alone: Your own login missing", "HEADERS"],
  ["CCO key and own key", "open", 200, "own-and-proxy-key", "counts", ""],
  ["CCO key and own key", "open", 401, "own-and-proxy-key", "does not take your own login or key", ""],
  ["CCO key and own key", "open", 200, "own", "with your proxy key: CCO key sent", "Remove the proxy key"],
  ["CCO key and own key", "open", 401, "own", "the provider refused it: Credential refused by the provider", "Sign in"],
  ["CCO key and own key", "open", 429, "own", "with your proxy key: CCO key sent", "Remove the proxy key"],
  ["colleague's key and own key", "open", 200, "own-and-proxy-key", "nothing", ""],
  ["colleague's key and own key", "open", 401, "own-and-proxy-key", "nothing", ""],
  ["expired key", "operator", 200, "proxy-key", "that is not valid: CCO key not valid", "ANTHROPIC_AUTH_TOKEN"],
  ["revoked key", "operator", 200, "proxy-key", "that is not valid: CCO key not valid", "ANTHROPIC_AUTH_TOKEN"],
  [
    "revoked key",
    "keyed",
    401,
    "own-and-proxy-key",
    "that is not valid: CCO key not valid",
    "ANTHROPIC_CUSTOM_HEADERS",
  ],
  ["CCO key in a wrong header", "open", 200, "own-and-proxy-key", "CCO key not where it is read", "CUSTOM_HEADERS"],
  ["CCO key in quotes", "open", 200, "own-and-proxy-key", "CCO key not alone in its header", "CUSTOM_HEADERS"],
  ["CCO key with a comma", "operator", 200, "proxy-key", "CCO key not alone in its header", "ANTHROPIC_AUTH_TOKEN"],
  ["CCO key pasted twice", "operator", 200, "proxy-key", "CCO key not alone in its header", "ANTHROPIC_AUTH_TOKEN"],
  ["CCO key behind Bearer", "operator", 200, "proxy-key", "CCO key not alone in its header", "ANTHROPIC_AUTH_TOKEN"],
  ["CCO key behind Bearer twice", "keyed", 200, "proxy-key", "CCO key not alone in its header", "ANTHROPIC_AUTH_TOKEN"],
  ["access token", "operator", 200, "proxy-key", "CCO key not where it is read", "ANTHROPIC_AUTH_TOKEN"],
];

let world: ControlWorld;
let me: PersonActor;
let upstream: ScriptedUpstream;
let providerSays = 200;
const proxies = new Map<string, ProxyInProcess>();
const arrivals: Arrival[] = [];

beforeAll(async () => {
  world = await makeControlWorld();
  me = await world.person("developer");
  upstream = await startScriptedUpstream((response) => {
    const body =
      providerSays === 200 ? { type: "message" } : { type: "error", error: { type: "authentication_error" } };
    response.writeHead(providerSays, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  const ledger = { reportArrivals: (new_: readonly Arrival[]) => void arrivals.push(...new_) };
  for (const [door, env] of Object.entries(doors))
    proxies.set(
      door,
      await startProxyInProcess({ upstreamUrl: upstream.url, rules: NO_RULES, state: STATE, env, ledger }),
    );
});
afterAll(async () => {
  for (const proxy of proxies.values()) await proxy.end();
  await upstream.close();
  await world.end();
});

it.each(cases)(
  "says of %s, sent to a proxy (%s) whose provider answers %i, where %s is awaited: %s",
  async (what, door, status, how, said, fix) => {
    const proxy = proxies.get(door) as ProxyInProcess;
    proxy.closed.length = 0;
    arrivals.length = 0;
    providerSays = status;
    const answer = await fetch(`${proxy.url}/v1/messages`, {
      method: "POST",
      headers: { ...sent[what], "user-agent": "claude-cli/2.1.88 (external, cli)", "anthropic-version": "2023-06-01" },
      body: '{"model":"claude-haiku-5-5","max_tokens":8,"messages":[{"role":"user","content":"hi"}]}',
    });
    await answer.arrayBuffer();
    await eventually(() => {
      const [event] = proxy.closed;
      const isReported = event === undefined || (event.status === 401 && event.proxyKeyId === null);
      expect(isReported ? arrivals : proxy.closed).not.toEqual([]);
    });
    await keep(proxy);
    const whose = how === "own" ? "anybody" : "own";
    world.deps.config.callerKeys.isRequired = door === "keyed";
    const since = world.deps.now().getTime() - 60_000;
    const { request, stray } = await connectStatus(me, { since, whose }, world.deps, "127.0.0.1");

    if (said === "counts") expect([request?.ok, stray]).toEqual([true, null]);
    else if (said === "nothing") expect([request, stray]).toEqual([null, null]);
    else if (stray === null) expect(request === null ? "no request" : refusalText(request, how)).toContain(said);
    else {
      const words = strayWords(stray, { how, baseUrl: "https://cco.example", key: "cco_abc" });
      expect(`${strayTitle(stray)}: ${words.steps.find(({ look }) => look === "bad")?.title}`).toContain(said);
      expect(`${words.fix} ${words.line}`).toContain(fix);
      expect(words.outcome.startsWith("CCO refused it")).toBe(proxy.closed.length === 0);
      expect(words.outcome.includes("served it")).toBe(answer.status === 200);
    }
  },
);

/** Brings what the proxy recorded and reported into the database, three seconds ago, and nothing else. */
async function keep(proxy: ProxyInProcess): Promise<void> {
  const now = world.deps.now();
  const startedAtMs = now.getTime() - 3_000;
  for (const table of ["event_row", "instance"]) await queryRows(world.deps.db, `DELETE FROM ${table}`, []);
  const persons: Record<string, string> = { me: me.id, colleague: "per_colleague" };
  await world.record(
    proxy.closed.map((event) => ({
      ...{ ...event, startedAtMs, endedAtMs: startedAtMs + 900 },
      personId: event.personId === null ? null : (persons[event.personId] ?? null),
    })),
  );
  const reported = JSON.stringify(arrivals.map((arrival) => ({ ...arrival, atMs: startedAtMs + 900 })));
  const common = { id: "ins_1", hostname: "h", pid: 1, startedAt: now, seenAt: now };
  await world.deps.db.instance.create({ data: { ...common, arrivals: reported } });
}
