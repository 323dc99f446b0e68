import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { parseFacts, type RequestFacts } from "#core/activity/request-facts.ts";
import { NO_PURGES } from "#core/cache/purges.ts";
import { CONDITIONS, type ConditionFacts } from "#core/rules/conditions/registry.ts";
import { decide } from "#core/rules/decide.ts";
import type { ControlState } from "#proxy/ledger/client/ledger-client.ts";
import { estimatedTokens } from "#proxy/request/decide.ts";
import { startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { until } from "#tests/support/proxy-process.ts";
import { compileText } from "#tests/support/rule-builders.ts";
import { answerJson, type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

/**
 * Where the record of a request holds each fact that a rule can ask about. A decision can thus be made again from the
 * record alone. A condition on a new fact is a type error here until its fact is recorded: in
 * `core/activity/request-facts.ts`, or in a field.
 */
const RECORDED: {
  readonly [Fact in keyof ConditionFacts]: (event: RequestEvent, facts: RequestFacts) => ConditionFacts[Fact];
} = {
  project: ({ project }) => project,
  team: ({ team }) => team,
  person: ({ personId }) => personId,
  // Of the person and the key that the event names, as the database knows them.
  personEmail: ({ personId }) => (personId === holder.personId ? holder.personEmail : null),
  key: ({ proxyKeyId }) => proxyKeyId,
  keyName: ({ proxyKeyId }) => (proxyKeyId === "key_1" ? "CI" : null),
  agentId: ({ agentId }) => agentId,
  nowMs: ({ startedAtMs }) => startedAtMs,
  promptTokens: ({ requestBytes }) => estimatedTokens(requestBytes),
  path: (_, { path }) => path ?? "",
  header:
    (_, { headers }) =>
    (name) =>
      headers[name] ?? null,
  maxTokens: (_, { maxTokens }) => maxTokens,
  hasTools: (_, { hasTools }) => hasTools,
  hasThinking: (_, { hasThinking }) => hasThinking,
  titleLike: (_, { titleLike }) => titleLike,
};

function recordedFacts(event: RequestEvent): ConditionFacts {
  const facts = parseFacts(event.facts ?? "") as RequestFacts;
  return Object.fromEntries(
    Object.entries(RECORDED).map(([fact, read]) => [fact, read(event, facts)]),
  ) as unknown as ConditionFacts;
}

const MONDAY_MS = Date.parse("2026-11-23T10:00:00Z");
const KEY = `cco_${"k".repeat(43)}`;
const holder = {
  ...{ personId: "per_1", personEmail: "ada@example.com", personName: "Ada", team: null, project: null },
  ...{ attribution: "free" as const, limits: null, expiresAtMs: null },
};
const state: ControlState = {
  ...{
    revision: 1,
    rules: null,
    holderLimits: [],
    budgetRaises: [],
    accessTokens: [],
    cachePurges: NO_PURGES,
    hasPeople: true,
  },
  ...{ settings: { organisation: "", reportingZone: "UTC", rulesFileHash: null }, prices: null, draftHeaders: [] },
  proxyKeys: [{ id: "key_1", name: "CI", keyHash: createHash("sha256").update(KEY).digest("hex"), ...holder }],
};

const message = { model: "claude-opus-5-5", messages: [{ role: "user", content: "hello" }] };
const requests: { path: string; headers: Record<string, string>; body: object }[] = [
  {
    path: "/t/web/docs/v1/messages",
    headers: { "x-cco-key": KEY, "x-api-key": "sk-own", "x-cco-stage": "beta", "x-claude-code-agent-id": "agent-1" },
    body: { ...message, max_tokens: 4_000, tools: [{ name: "t", input_schema: {} }], thinking: { type: "adaptive" } },
  },
  { path: "/v1/messages", headers: {}, body: message },
  {
    path: "/v1/messages",
    headers: {},
    body: { ...message, max_tokens: 4, output_config: { format: { type: "json_schema", schema: {} } } },
  },
];

let upstream: ScriptedUpstream;

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerJson);
});
afterAll(() => upstream.close());

/** What a proxy with these rules records of each request. */
async function record(rules: string): Promise<RequestEvent[]> {
  const proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules, state, now: () => MONDAY_MS });
  try {
    for (const [at, { path, headers, body }] of requests.entries()) {
      const response = await fetch(`${proxy.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
      const text = await response.text();
      expect(response.status, text).toBe(200);
      await until(() => proxy.closed.length > at, 10_000);
    }
    return proxy.closed;
  } finally {
    await proxy.end();
  }
}

it.each(CONDITIONS.flatMap(({ examples }) => examples))(
  "is decided again from the record alone as it was decided: a rule with the condition %s",
  async (when) => {
    const rules = `[[rule]]\nfrom = "opus"\nto = "claude-haiku-5-5"\nwhen = { ${when} }\n`;
    const compiled = compileText(rules);
    const events = await record(`${rules}[analytics]\nreport_format = "silent"\n`);
    const again = events.map((event) => {
      const input = { ...recordedFacts(event), model: event.requestedModel ?? "", sessionKey: null };
      return decide(compiled, event.ruleVersion, input);
    });

    expect(again.map(({ why, ruleId }) => [why, ruleId])).toEqual(events.map(({ reason, ruleId }) => [reason, ruleId]));
    // Without a request that meets the condition, nothing would have been tried; no request is of ten tokens.
    const unmet = `no request of this test meets ${when}: add one to requests`;
    if (when !== "max_prompt_tokens = 10")
      expect(
        again.map(({ kind }) => kind),
        unmet,
      ).toContain("override");
  },
);
