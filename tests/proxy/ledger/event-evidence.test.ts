import { afterAll, beforeAll, expect, it } from "vitest";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { NO_PURGES } from "#core/cache/purges.ts";
import type { ControlState } from "#proxy/ledger/client/ledger-client.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { ONE_RULE, until } from "#tests/support/proxy-process.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const MARKED = "marked-7f3a";
let state: ControlState = {
  ...{
    revision: 1,
    rules: null,
    holderLimits: [],
    budgetRaises: [],
    accessTokens: [],
    cachePurges: NO_PURGES,
    hasPeople: true,
  },
  ...{
    proxyKeys: [],
    settings: { organisation: "", reportingZone: "UTC", rulesFileHash: null },
    prices: null,
    draftHeaders: [],
  },
};
let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  upstream.answer = (response) => {
    const content = [{ type: "tool_use", id: "t", name: MARKED, input: { [MARKED]: MARKED } }];
    const usage = { input_tokens: 5, output_tokens: 7, cache_creation_input_tokens: 900, cache_read_input_tokens: 0 };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ model: "claude-sonnet-5-5", stop_reason: "tool_use", content, usage }));
  };
  const rules = `${ONE_RULE}
[[rule]]
from = "claude-opus-5-5"
to = "claude-haiku-5-5"
when = { header = { x-plan = "nightly" } }
[[rule]]
from = "claude-sonnet-5-5"
to = "claude-haiku-4-5"
when = { project = ["web"] }
[[rule]]
from = "claude-sonnet-5-5"
to = "claude-haiku-5-5"
percentage = 50
`;
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules, ledger: { state: () => state } });
});
afterAll(async () => {
  await proxy.end();
  await upstream.close();
});

it("records what a conversation counts, and nothing of what was said in it", async () => {
  const result = { type: "tool_result", tool_use_id: "t", is_error: true, content: MARKED };
  const body = {
    model: "claude-opus-5-5",
    max_tokens: 10,
    messages: [
      { role: "user", content: MARKED },
      { role: "assistant", content: [{ type: "tool_use", id: "t", name: MARKED, input: {} }] },
      { role: "user", content: [result, { type: "text", text: `<system-reminder>${MARKED}</system-reminder>` }] },
    ],
  };
  await fetch(`${proxy.url}/v1/messages`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-claude-code-session-id": "session-1",
      "x-plan": "batch 7",
      "x-other": MARKED,
    },
    body: JSON.stringify(body),
  }).then((response) => response.text());
  const event = await until(() => proxy.closed[0]);

  expect(event).toMatchObject({
    facts: expect.stringMatching(/^\d+ m10 x-plan=batch%207$/),
    messages: 3,
    toolResults: 1,
    toolErrors: 1,
    interrupted: false,
    compacted: false,
    cacheCause: null, // what came before was not seen by this process
    newToolResults: 1,
    newToolErrors: 1,
    humanTurn: false,
    repeatedCalls: 0,
    toolUses: 1,
  });
  // The rule serves all sessions: there is no other group to compare with.
  expect(event).toMatchObject({ reason: "rule", arm: null });
  expect(JSON.stringify(event)).not.toContain(MARKED);
});

it.each<[string, (at: number) => { headers?: Record<string, string>; text?: string }]>([
  ["a session", (at) => ({ headers: { "x-claude-code-session-id": `shared-${at}` } })],
  ["a request that names no session", (at) => ({ text: `question ${at}` })],
])("records for %s on which side of the share of the rule it was decided", async (_, asks) => {
  const events: RequestEvent[] = [];
  for (let at = 0; at < 24; at += 1) {
    const before = proxy.closed.length;
    const { headers = {}, text = MARKED } = asks(at);
    await fetch(`${proxy.url}/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ model: "claude-sonnet-5-5", max_tokens: 10, messages: [{ role: "user", content: text }] }),
    }).then((response) => response.text());
    events.push(await until(() => proxy.closed[before]));
  }
  const held = events.filter(({ reason }) => reason === "outside-share");
  const served = events.filter(({ reason }) => reason === "rule");

  expect(held.length + served.length).toBe(24);
  expect(Math.min(held.length, served.length)).toBeGreaterThan(2);
  expect(new Set(events.map(({ ruleId }) => ruleId)).size).toBe(1);
  expect(served.filter(({ arm }) => arm === null || arm >= 50)).toEqual([]);
  expect(held.filter(({ arm }) => arm === null || arm < 50)).toEqual([]);
  expect(proxy.opened.slice(-24).map(({ arm }) => arm)).toEqual(events.map(({ arm }) => arm));
});

it("records the value of a header as long as a draft names it", async () => {
  const ask = async (draftHeaders: string[]) => {
    const before = proxy.closed.length;
    state = { ...state, draftHeaders };
    await fetch(`${proxy.url}/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-plan": "b", "x-ticket": "T-7", "x-other": MARKED },
      body: JSON.stringify({ model: "claude-opus-5-5", max_tokens: 10, messages: [{ role: "user", content: MARKED }] }),
    }).then((response) => response.text());
    return (await until(() => proxy.closed[before])).facts;
  };

  expect(await ask(["x-absent", "x-ticket"])).toMatch(/^\d+ m10 x-plan=b x-ticket=T-7$/);
  expect(await ask([])).toMatch(/^\d+ m10 x-plan=b$/);
});

it("records why the provider's cache was written, from one request of an agent to the next", async () => {
  const system = [{ type: "text", text: `${MARKED} one` }];
  const opening = { model: "claude-opus-5-5", max_tokens: 10, system, messages: [{ role: "user", content: MARKED }] };
  const more = [
    { role: "assistant", content: MARKED },
    { role: "user", content: "[Request interrupted by user]" },
  ];
  const later = {
    ...opening,
    system: [{ type: "text", text: `${MARKED} two` }],
    messages: [...opening.messages, ...more],
  };
  const before = proxy.closed.length;
  for (const [at, body] of [opening, later].entries()) {
    await fetch(`${proxy.url}/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-claude-code-session-id": "session-2" },
      body: JSON.stringify(body),
    }).then((response) => response.text());
    await until(() => proxy.closed.length > before + at);
  }
  const [first, second] = proxy.closed.slice(before);

  expect(first).toMatchObject({ cacheCause: "first", interrupted: false });
  expect(second).toMatchObject({ cacheCause: "system", interrupted: true, humanTurn: false });
  expect(JSON.stringify([first, second])).not.toContain(MARKED);
});
