// Long because one proxy and one collector are started, and every promise about what arrives needs them.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Mock, startMock } from "#mock/server.ts";
import { freshRequest } from "#tests/support/fresh-request.ts";
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from "#tests/support/otlp-receiver.ts";
import { clearAway, type EventRow, type ProxyProcess, startProxy, until } from "#tests/support/proxy-process.ts";

const OPUS = "claude-opus-5-5";
const HAIKU = "claude-haiku-5-5";
const SONNET = "claude-sonnet-5-5";
const RULES = `[overrides]
enabled = true
rules = [["${OPUS}", "${HAIKU}"]]
[analytics]
report_format = "silent"
[cache]
enabled = true
`;
const PROMPT_MARK = "PROMPT-MARK-7c1e";
const HEADER_MARK = "HEADER-MARK-93ab";
const KEY_MARK = "sk-ant-KEY-MARK-55d0";
const MAIL = "jane.doe@example.com";
const TOKEN_MARK = "COLLECTOR-TOKEN-4f2a";

let mock: Mock;
let collector: OtlpReceiver;
let proxy: ProxyProcess;

beforeAll(async () => {
  mock = await startMock({ record: false });
  collector = await startOtlpReceiver();
  proxy = await startProxy({
    upstreamUrl: mock.url,
    rules: RULES,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/otlp`,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${TOKEN_MARK}`,
      OTEL_TRACES_SAMPLER_ARG: "1",
      OTEL_METRIC_EXPORT_INTERVAL: "1000",
      OTEL_SEMCONV_STABILITY_OPT_IN: "gen_ai_latest_experimental",
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test,team=a%20b",
      CCO_LOG_REQUESTS: "1",
    },
  });
});
afterAll(async () => {
  await clearAway(proxy);
  await collector.close();
  await mock.close();
});

let asked = 0;

interface Asked {
  model?: string;
  mood?: string;
  stream?: boolean;
  headers?: Record<string, string>;
  body?: object;
  withinMs?: number;
  received?: (part: string) => void;
}

/** Asks for opus, with a mark in everything that must not leave. */
function ask({ model = OPUS, mood, stream = false, headers = {}, body = {}, withinMs, received }: Asked = {}) {
  asked++;
  return freshRequest(`${proxy.url}/v1/messages`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-api-key": KEY_MARK,
      "x-team-note": HEADER_MARK,
      "user-agent": `claude-cli/2.1 (${HEADER_MARK})`,
      "x-claude-code-session-id": `${MAIL}-${asked}`,
      "anthropic-version": "2023-06-01",
      ...(mood === undefined ? {} : { "x-mock-mood": mood }),
      ...headers,
    },
    body: JSON.stringify({
      model,
      max_tokens: 64,
      stream,
      metadata: { user_id: MAIL },
      messages: [{ role: "user", content: `${PROMPT_MARK} ${asked}` }],
      ...body,
    }),
    withinMs,
    received,
  });
}

/** A trace to continue, of which no other request is a part. */
function newParent(): { traceId: string; spanId: string; headers: Record<string, string> } {
  const hex = (length: number) => Array.from({ length }, () => Math.floor(Math.random() * 16).toString(16)).join("");
  const [traceId, spanId] = [`a${hex(31)}`, `b${hex(15)}`];
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-01` } };
}

/** The spans of a trace once its first one is there, which is the last to end. */
function readSpans(traceId: string): Promise<Spans> {
  return until(() => {
    const all = collector.spans.filter((span) => span.traceId === traceId);
    const root = all.find(({ kind }) => kind === 2);
    return root === undefined ? null : { all, root };
  });
}

interface Spans {
  all: ReceivedSpan[];
  root: ReceivedSpan;
}

/** Names in the order of their beginnings, below the first one. */
const namesBelow = ({ all, root }: Spans): string[] =>
  all
    .filter((span) => span !== root)
    .sort((a, b) => Number(a.startNano - b.startNano))
    .map(({ name }) => name);

const STEPS_TO_SEND = ["authorize", "read body", "decide", "adapt", "look in cache", "open record"];

describe("the trace of a request", () => {
  it("is a tree of its steps, within the caller's trace", async () => {
    const parent = newParent();

    await ask({ headers: parent.headers });
    const spans = await readSpans(parent.traceId);

    expect(spans.root).toMatchObject({ name: "POST /v1/messages", parentSpanId: parent.spanId, status: 0 });
    expect(namesBelow(spans)).toEqual([...STEPS_TO_SEND, `chat ${HAIKU}`, "close record"]);
    for (const span of spans.all) {
      if (span === spans.root) continue;
      expect(span.parentSpanId).toBe(spans.root.spanId);
      expect(span.startNano >= spans.root.startNano && span.endNano <= spans.root.endNano).toBe(true);
      expect(span.endNano >= span.startNano).toBe(true);
    }
  });

  it("names both models, the rule, what it cost and what it saved, as the ledger has it", async () => {
    const parent = newParent();

    await ask({ headers: parent.headers });
    const { all, root } = await readSpans(parent.traceId);
    const row = await readRow(String(root.attributes["cco.request.id"]));
    const chat = all.find(({ kind }) => kind === 3);

    expect(root.attributes).toMatchObject({
      "cco.requested_model": OPUS,
      "gen_ai.request.model": HAIKU,
      "cco.decision": "override",
      "cco.rule.id": row.rule_id,
      "cco.rules.version": row.rule_version,
      "cco.ended": "complete",
      "cco.billing_mode": "metered",
      "cco.cost.usd": Number(row.cost_nano_usd) / 1e9,
      "cco.saved.usd": Number(row.saved_nano_usd) / 1e9,
      "http.response.status_code": 200,
    });
    expect(chat?.attributes).toMatchObject({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "anthropic",
      "gen_ai.request.model": HAIKU,
      "gen_ai.response.finish_reasons": ["end_turn"],
      "gen_ai.usage.input_tokens": sumInput(row),
      "gen_ai.usage.output_tokens": row.output_tokens,
      "gen_ai.usage.cache_read.input_tokens": row.cache_read_tokens,
      "server.address": "127.0.0.1",
      "server.port": Number(new URL(mock.url).port),
    });
  });

  it("of a streamed one has the moment of its first byte, and lasts as long as the stream", async () => {
    const parent = newParent();

    await ask({ stream: true, mood: "slow-40", headers: parent.headers });
    const { all, root } = await readSpans(parent.traceId);
    const chat = all.find(({ kind }) => kind === 3);

    expect(root.attributes["cco.streamed"]).toBe(true);
    expect(chat?.events).toEqual(["first byte"]);
    expect(Number((chat?.endNano ?? 0n) - (chat?.startNano ?? 0n)) / 1e6).toBeGreaterThan(100);
  });

  it("of one that falls back has both requests to the provider, the first as refused", async () => {
    const parent = newParent();

    await ask({ mood: "status-400", headers: parent.headers });
    const spans = await readSpans(parent.traceId);
    const chats = spans.all.filter(({ kind }) => kind === 3).sort((a, b) => Number(a.startNano - b.startNano));

    expect(chats.map(({ name }) => name)).toEqual([`chat ${HAIKU}`, `chat ${OPUS}`]);
    expect(chats[0]).toMatchObject({ status: 2, attributes: { "error.type": "400" } });
    expect(spans.root.attributes).toMatchObject({ "cco.decision": "fallback", "gen_ai.request.model": OPUS });
  });

  it("of one that the provider refused names the error, and is no failure of ours", async () => {
    const parent = newParent();

    await ask({ model: SONNET, mood: "rate-limited", headers: parent.headers });
    const { all, root } = await readSpans(parent.traceId);

    expect(root).toMatchObject({ status: 0, attributes: { "error.type": "rate_limit_error", "cco.ended": "error" } });
    expect(all.find(({ kind }) => kind === 3)).toMatchObject({
      status: 2,
      attributes: { "http.response.status_code": 429, "error.type": "rate_limit_error" },
    });
  });

  it.each([
    ["the provider fails", "status-500", 500],
    ["the response breaks off", "cut-after-3", 200],
  ])("is a failure where %s", async (_when, mood, status) => {
    const parent = newParent();

    await ask({ model: SONNET, stream: true, mood, headers: parent.headers }).catch(() => {});
    const { root } = await readSpans(parent.traceId);

    expect(root).toMatchObject({ status: 2, attributes: { "http.response.status_code": status } });
    expect(root.attributes["error.type"]).toBeDefined();
  });

  it("of one whose caller left says so, and is no failure", async () => {
    const parent = newParent();

    await ask({ model: SONNET, mood: "slow-headers-20000", headers: parent.headers, withinMs: 800 }).catch(() => {});
    const { root } = await readSpans(parent.traceId);

    expect(root).toMatchObject({ status: 0, attributes: { "cco.ended": "cancelled" } });
    expect(root.attributes["http.response.status_code"]).toBeUndefined();
  });

  it("of one that the response cache answers has no request to the provider", async () => {
    const [first, second] = [newParent(), newParent()];
    const body = { temperature: 0, messages: [{ role: "user", content: PROMPT_MARK }] };

    await ask({ model: "claude-haiku-4-5-20251001", headers: first.headers, body });
    await ask({ model: "claude-haiku-4-5-20251001", headers: second.headers, body });
    const spans = await readSpans(second.traceId);

    expect(spans.root.attributes).toMatchObject({ "cco.cache.result": "hit", "cco.cost.usd": 0 });
    expect(Number(spans.root.attributes["cco.avoided.usd"])).toBeGreaterThan(0);
    expect(namesBelow(spans)).toEqual(STEPS_TO_SEND.slice(0, -1));
  });

  it("of another endpoint names it without ids, and no model's operation", async () => {
    const parent = newParent();

    const headers = { "x-api-key": KEY_MARK, "anthropic-version": "2023-06-01", ...parent.headers };
    await freshRequest(`${proxy.url}/v1/models/${OPUS}`, { headers });
    const spans = await readSpans(parent.traceId);

    expect(spans.root).toMatchObject({ name: "GET /v1/models", attributes: { "cco.endpoint": "models" } });
    expect(namesBelow(spans)).toContain("forward");
    expect(spans.all.some(({ attributes }) => "gen_ai.operation.name" in attributes)).toBe(false);
  });

  it("of one that is refused at the front says why", async () => {
    const parent = newParent();

    await ask({ headers: { ...parent.headers, "x-api-key": `cco_${"x".repeat(43)}` } });
    const spans = await readSpans(parent.traceId);

    expect(spans.root.attributes).toMatchObject({ "http.response.status_code": 401 });
    expect(namesBelow(spans)).toEqual(["authorize"]);
  });

  it("is a new one where the caller's header is not valid", async () => {
    const { headers } = await ask({ headers: { traceparent: "00-zz-zz-01", "x-mock-id": "own-trace" } });
    const id = String(headers["x-cco-request-id"] ?? "");
    const root = await until(() =>
      collector.spans.find((span) => id !== "" && span.attributes["cco.request.id"] === id),
    );

    expect(root.parentSpanId).toBe("");
  });

  it("is left out where the caller's own trace is not recorded", async () => {
    const [not, after] = [newParent(), newParent()];

    await ask({ headers: { traceparent: not.headers.traceparent?.replace(/1$/, "0") ?? "" } });
    await ask({ headers: after.headers });
    await readSpans(after.traceId);

    expect(collector.spans.filter(({ traceId }) => traceId === not.traceId)).toEqual([]);
  });

  it("says whose it is: service, version, instance and what the operator adds", async () => {
    const parent = newParent();

    await ask({ headers: parent.headers });
    const { root } = await readSpans(parent.traceId);

    expect(root.resource).toMatchObject({
      "service.name": "cco",
      "service.version": "1.0.0",
      "deployment.environment.name": "test",
      team: "a b",
    });
    expect(root.resource["service.instance.id"]).toMatch(/^ins_/);
  });
});

describe("the metrics", () => {
  it("have the sums that the ledger has", async () => {
    for (const stream of [false, true]) await ask({ stream });
    const sum = (name: string, also: (attributes: Record<string, unknown>) => boolean = () => true) =>
      collector
        .points()
        .filter((point) => point.name === name && also(point.attributes))
        .reduce((total, point) => total + point.sum, 0);
    const rows = await allRows();
    const total = (read: (row: EventRow) => number) => rows.reduce((all, row) => all + read(row), 0);
    const money = (name: string) => total((row) => Number(row[name] ?? 0)) / 1e9;
    await until(() => sum("cco.requests") === rows.length);

    const usage = "gen_ai.client.inference.usage";
    expect(rows.length).toBeGreaterThan(5);
    expect(sum(`${usage}.input_tokens`)).toBe(total(sumInput));
    expect(sum(`${usage}.output_tokens`)).toBe(total((row) => Number(row.output_tokens)));
    expect(sum(`${usage}.cache_read.input_tokens`)).toBe(total((row) => Number(row.cache_read_tokens)));
    expect(sum(`${usage}.cache_write.input_tokens`)).toBe(total(sumWritten));
    expect(sum("gen_ai.client.token.usage", (of) => of["gen_ai.token.type"] === "input")).toBe(total(sumInput));
    expect(sum("cco.cost.usd")).toBeCloseTo(money("cost_nano_usd"), 9);
    expect(sum("cco.saved.usd")).toBeCloseTo(money("saved_nano_usd"), 9);
    expect(sum("cco.avoided.usd")).toBeCloseTo(money("avoided_nano_usd"), 9);
    const sent = rows.filter((row) => row.cache !== "hit");
    const durations = collector.points().filter(({ name }) => name === "gen_ai.client.operation.duration");
    expect(durations.reduce((all, { count }) => all + (count ?? 0), 0)).toBe(sent.length);
    expect(durations.reduce((all, point) => all + point.sum, 0)).toBeCloseTo(
      sent.reduce((all, row) => all + Number(row.duration_ms) / 1000, 0),
      6,
    );
  });

  it("put each duration into a bucket, and name models, provider and server", () => {
    const durations = collector.points().filter(({ name }) => name === "gen_ai.client.operation.duration");

    for (const { buckets, count } of durations) {
      expect(buckets).toHaveLength(15);
      expect(buckets.reduce((a, b) => a + b, 0)).toBe(count);
    }
    expect(durations.map(({ attributes }) => attributes)).toContainEqual(
      expect.objectContaining({
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": HAIKU,
        "cco.requested_model": OPUS,
        "server.address": "127.0.0.1",
      }),
    );
  });

  it("time the parts of streams where the newest conventions were asked for", () => {
    const names = new Set(
      collector
        .points()
        .filter(({ count }) => (count ?? 0) > 0)
        .map(({ name }) => name),
    );

    expect(names).toContain("gen_ai.client.operation.time_to_first_chunk");
    expect(names).toContain("gen_ai.client.operation.time_per_output_chunk");
  });
});

describe("what is sent", () => {
  it("holds nothing of prompts, answers, keys, headers or persons", async () => {
    await ask({ model: MAIL });
    await ask({ model: KEY_MARK });
    const parent = newParent();
    await ask({ stream: true, mood: "echo", headers: { ...parent.headers, tracestate: `a=${HEADER_MARK}` } });
    await readSpans(parent.traceId);
    const bytes = collector.bytes().toString("latin1");

    expect(bytes).toContain(OPUS);
    for (const mark of [PROMPT_MARK, HEADER_MARK, KEY_MARK, MAIL, "jane.doe", "claude-cli"])
      expect(bytes).not.toContain(mark);
    expect(collector.headers[0]).toMatchObject({ authorization: `Bearer ${TOKEN_MARK}` });
  });

  it.each(["AKIAIOSFODNN7EXAMPLE", "my-password-is-hunter2", "https://evil.example/x", "wJalrXUtnFEMI/K7MDENG/bPx"])(
    "says other of %s in the place of a model, in every span",
    async (model) => {
      const parent = newParent();

      await ask({ model, headers: parent.headers });
      const { all, root } = await readSpans(parent.traceId);

      expect(root.attributes["cco.requested_model"]).toBe("other");
      expect(all.map(({ name }) => name)).toContain("chat other");
      expect(collector.bytes().toString("latin1")).not.toContain(model);
    },
  );
});

describe("the log of requests", () => {
  it("has one line a request, with the trace's id and the figures of its record", async () => {
    const parent = newParent();

    await ask({ headers: parent.headers });
    const { root } = await readSpans(parent.traceId);
    const id = String(root.attributes["cco.request.id"]);
    const lines = await until(() => {
      const found = readLines(proxy).filter((line) => line.id === id && line.msg === "request ended");
      return found.length > 0 ? found : null;
    });
    const row = await readRow(id);

    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      traceId: parent.traceId,
      endpoint: "messages",
      requestedModel: OPUS,
      servedModel: HAIKU,
      decision: "override",
      status: 200,
      ended: "complete",
      outputTokens: row.output_tokens,
      costUsd: Number(row.cost_nano_usd) / 1e9,
    });
  });

  it("holds nothing of prompts, answers, keys, headers or persons", () => {
    const lines = readLines(proxy).filter(({ msg }) => msg === "request ended");
    const text = JSON.stringify(lines);

    expect(lines.length).toBeGreaterThan(10);
    for (const mark of [PROMPT_MARK, HEADER_MARK, KEY_MARK, MAIL, TOKEN_MARK]) expect(text).not.toContain(mark);
  });
});

function readLines({ output }: ProxyProcess): Record<string, unknown>[] {
  return output()
    .split("\n")
    .filter((line) => line.startsWith("{") && line.endsWith("}"))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const sumInput = (row: EventRow): number => Number(row.input_tokens) + Number(row.cache_read_tokens) + sumWritten(row);

const sumWritten = (row: EventRow): number => Number(row.cache_write_5m_tokens) + Number(row.cache_write_1h_tokens);

async function readRow(id: string): Promise<EventRow> {
  return until(async () => (await proxy.events(0)).find((row) => row.id === id) ?? null);
}

/** All rows of messages, once no more are on their way. */
async function allRows(): Promise<EventRow[]> {
  let known = -1;
  return until(
    async () => {
      const rows = (await proxy.events(1)).filter(({ endpoint }) => endpoint === "messages");
      const isStill = rows.length === known;
      known = rows.length;
      return isStill ? rows : null;
    },
    60_000,
    1_500,
  );
}
