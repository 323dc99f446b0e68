// Long because each reason to store a response or not is tried on one proxy, so that none hides another.

import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { NO_PURGES, withPurge } from "#core/cache/purges.ts";
import type { Json } from "#tests/support/adapted.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { until } from "#tests/support/proxy-process.ts";
import {
  answerJson,
  answerStream,
  type ScriptedUpstream,
  startScriptedUpstream,
  streamText,
  USAGE,
} from "#tests/support/scripted-upstream.ts";

const MODEL = "claude-haiku-4-5-20251001";
const RULES = `[overrides]
rules = [["claude-opus-5-5", "${MODEL}"]]
[analytics]
report_format = "silent"
[cache]
max_mb = 1
ttl_seconds = 60
`;
/** Heeds the temperature, so the same question has the same answer. */
const QUESTION: Json = { model: MODEL, max_tokens: 64, temperature: 0, messages: [{ role: "user", content: "Why?" }] };
const MIB = 1024 * 1024;

let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;
let clockMs = Date.now();

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: RULES, now: () => clockMs });
});
beforeEach(() => {
  upstream.answer = answerJson;
});
afterEach(() => {
  for (const list of [proxy.closed, proxy.sent, upstream.arrived]) list.length = 0;
  proxy.server.context.cache.clear();
});
afterAll(async () => {
  await proxy.end();
  await upstream.close();
});

interface Asked {
  body?: Json | string;
  path?: string;
  method?: string;
  headers?: Record<string, string>;
  of?: ProxyInProcess;
}
interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  isWhole: boolean;
}

function ask({
  body = QUESTION,
  path = "/v1/messages",
  method = "POST",
  headers = {},
  of = proxy,
}: Asked = {}): Promise<Answer> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    const request = httpRequest(
      `${of.url}${path}`,
      { method, agent: false, headers: { "x-api-key": "sk-ant-one", "anthropic-version": "2023-06-01", ...headers } },
      (answer) => {
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("error", () => {});
        answer.on("close", () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(parts),
            isWhole: answer.complete,
          }),
        );
      },
    );
    request.on("error", () => resolve({ status: 0, headers: {}, body: Buffer.alloc(0), isWhole: false }));
    request.end(method === "GET" ? undefined : typeof body === "string" ? body : JSON.stringify(body));
  });
}

const readResult = async (asked?: Asked) => (await ask(asked)).headers["x-cco-cache"];
const last = (): RequestEvent => {
  const event = proxy.closed.at(-1);
  if (event === undefined) throw new Error("no event");
  return event;
};
const figures = () => proxy.server.context.cache.figures();

describe("a response from the response cache", () => {
  it("equals the provider's to the byte, has its age and origin, and causes no upstream request", async () => {
    const first = await ask();
    clockMs += 7_000;
    const second = await ask();

    expect(first.headers["x-cco-cache"]).toBe("miss");
    expect(second.headers["x-cco-cache"]).toBe("hit");
    expect(second.body.equals(first.body)).toBe(true);
    expect(second.headers).toMatchObject({
      age: "7",
      "content-type": "application/json",
      "x-cco-cached-request-id": "req_up",
      "x-cco-served-model": MODEL,
    });
    expect(second.headers["request-id"]).toBeUndefined();
    expect(second.headers["x-cco-request-id"]).not.toBe(first.headers["x-cco-request-id"]);
    expect(upstream.arrived).toHaveLength(1);
  });

  it("replays a stream as one piece", async () => {
    upstream.answer = (response, arrived) => {
      const text = streamText(MODEL);
      expect(arrived.headers["accept-encoding"]).toBe("identity");
      response.writeHead(200, { "content-type": "text/event-stream", "request-id": "req_up" });
      response.write(text.slice(0, 300));
      setImmediate(() => response.end(text.slice(300)));
    };
    const first = await ask({ body: { ...QUESTION, stream: true } });
    const second = await ask({ body: { ...QUESTION, stream: true } });

    expect(second.headers).toMatchObject({ "x-cco-cache": "hit", "content-type": "text/event-stream" });
    expect(second.body.equals(first.body)).toBe(true);
    expect(second.body.toString()).toBe(streamText(MODEL));
    expect(await readResult()).toBe("miss"); // the same question, not streamed, is another
  });

  it("names the model its caller requested, for any first caller", async () => {
    for (const stream of [false, true]) {
      upstream.answer = stream ? answerStream : answerJson;
      const direct = await ask({ body: { ...QUESTION, stream } });
      const overridden = await ask({ body: { ...QUESTION, stream, model: "claude-opus-5-5" } });

      expect(direct.headers["x-cco-cache"]).toBe("miss");
      expect(overridden.headers).toMatchObject({ "x-cco-cache": "hit", "x-cco-override": "applied" });
      expect(direct.body.toString()).toContain(`"model":"${MODEL}"`);
      expect(overridden.body.toString()).toContain('"model":"claude-opus-5-5"');
      expect(overridden.body.toString()).not.toContain(MODEL);
    }
  });

  it("costs nothing, counts the price as avoided once, and keeps the recorded usage", async () => {
    const body = { ...QUESTION, model: "claude-opus-5-5" };
    const before = figures().tokensAvoided;
    await ask({ body });
    const paid = last();
    await ask({ body });
    const free = last();

    expect(proxy.closed).toHaveLength(2);
    expect(free).toMatchObject({
      cache: "hit",
      costNanoUsd: "0",
      savedNanoUsd: "0",
      baselineNanoUsd: "0",
      ended: "complete",
    });
    expect(free.avoidedNanoUsd).toBe(paid.baselineNanoUsd);
    expect(BigInt(free.avoidedNanoUsd)).toBeGreaterThan(0n);
    expect(paid).toMatchObject({ cache: "miss", avoidedNanoUsd: "0" });
    expect(free.usage).toEqual(paid.usage);
    expect(free).toMatchObject({ ttfbMs: null, upstreamRequestId: null, decision: "override", usageState: "exact" });
    expect(figures().tokensAvoided - before).toBe(11 + 1000 + 2000 + USAGE.output_tokens);
  });

  it("is reported to listeners by hash only", async () => {
    await ask();
    await ask();

    const sent = proxy.sent.filter((proxyEvent) => proxyEvent.kind === "cache");

    expect(sent.map(({ result }) => result)).toEqual(["miss", "hit"]);
    expect(new Set(sent.map(({ cacheKey }) => cacheKey)).size).toBe(1);
    expect(sent[0]?.cacheKey).toMatch(/^[0-9a-f]{64}$/);
  });

  it("is dropped after its time to live and when evicted", async () => {
    await ask();
    clockMs += 60_000;
    expect(await readResult()).toBe("miss");

    const wide = (number: number) => ({ ...QUESTION, messages: [{ role: "user", content: `${number}` }] });
    upstream.answer = (response) => {
      const text = "x".repeat(300_000);
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ content: [{ type: "text", text }], stop_reason: "end_turn", usage: USAGE }));
    };
    for (let number = 0; number < 6; number++) await ask({ body: wide(number) });

    expect(figures().bytes).toBeLessThanOrEqual(MIB);
    expect(figures().items).toBe(3);
    expect(figures().evictions).toBeGreaterThanOrEqual(3);
    expect(await readResult({ body: wide(5) })).toBe("hit");
    expect(await readResult({ body: wide(0) })).toBe("miss");
  });
});

describe("T14: responses are never shared between callers", () => {
  const project = { model: MODEL, max_tokens: 64, temperature: 0, messages: [{ role: "user", content: "Mine?" }] };

  it("because the credential is part of the key, and no body field or header replaces it", async () => {
    await ask({ body: project });

    const others: Asked[] = [
      { headers: { "x-api-key": "sk-ant-two" } },
      { headers: { "x-api-key": "sk-ant-on" } },
      { headers: { "x-api-key": "", authorization: "Bearer sk-ant-one-and-more" } },
      { headers: { "x-api-key": "", authorization: "Bearer sk-ant-one-and-less" } },
      { headers: { authorization: "Bearer sk-ant-beside-the-other" } },
      { headers: { "x-gateway-token": "of-another-upstream" } },
      { headers: { "x-api-key": "sk-ant-three", "x-cco-project": "default", "x-cco-team": "" } },
      { body: { ...project, metadata: { user_id: "u", tenant: "sk-ant-one" } } },
      { body: { ...project, metadata: { user_id: "sk-ant-one" } }, headers: { "x-api-key": "sk-ant-four" } },
    ];
    for (const asked of others) expect(await readResult({ body: project, ...asked })).not.toBe("hit");
    expect(await readResult({ body: project })).toBe("hit");
  });

  it("and a caller without a credential gets no stored response", async () => {
    await ask({ headers: { "x-api-key": "" } });

    expect(await readResult({ headers: { "x-api-key": "" } })).toBe("bypass");
    expect(last().cacheReason).toBe("no-credential");
  });

  it("and version, beta and path are part of the key, while the order of betas and the session are not", async () => {
    const betas = "context-1m-2025-08-07,files-api-2025-04-14";
    const metadata = (user_id: string) => ({ ...QUESTION, metadata: { user_id } });
    await ask({ body: metadata("session-one"), headers: { "anthropic-beta": betas } });

    const reordered = { "anthropic-beta": "files-api-2025-04-14, context-1m-2025-08-07" };
    expect(
      await readResult({ body: metadata("session-two"), headers: reordered, path: "/v1/messages?beta=true" }),
    ).toBe("hit");
    expect(
      await readResult({ body: metadata("session-two"), headers: reordered, path: "/p/payments/v1/v1/messages" }),
    ).toBe("hit");
    expect(await readResult({ body: metadata("session-one"), headers: { "anthropic-beta": betas.slice(0, 23) } })).toBe(
      "miss",
    );
    expect(
      await readResult({
        body: metadata("session-one"),
        headers: { "anthropic-beta": betas, "anthropic-version": "2099-01-01" },
      }),
    ).toBe("miss");
  });

  it("and errors, refusals, cut and unfinished responses are never stored", async () => {
    const json =
      (value: Json, status = 200) =>
      (response: import("node:http").ServerResponse) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify(value));
      };
    const good = { content: [{ type: "text", text: "x" }], stop_reason: "end_turn", usage: USAGE };
    const stream = (text: string) => (response: import("node:http").ServerResponse) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end(text);
    };
    const whole = streamText(MODEL);
    const poor: [string, ScriptedUpstream["answer"], boolean][] = [
      [
        "an error of the caller",
        json({ type: "error", error: { type: "invalid_request_error", message: "" } }, 400),
        false,
      ],
      ["an error of the provider", json({ type: "error", error: { type: "api_error", message: "" } }, 500), false],
      ["overload", json({ type: "error", error: { type: "overloaded_error", message: "" } }, 529), false],
      ["a success of another kind", json(good, 201), false],
      ["a refusal", json({ ...good, stop_reason: "refusal" }), false],
      ["a limit", json({ ...good, stop_reason: "max_tokens" }), false],
      ["a pause", json({ ...good, stop_reason: "pause_turn" }), false],
      ["a tool call", json({ ...good, content: [{ type: "tool_use", id: "t" }] }), false],
      ["thinking", json({ ...good, content: [{ type: "thinking", thinking: "" }, ...good.content] }), false],
      ["no JSON at all", (response) => void response.end("<html>"), false],
      [
        "an error event",
        stream(
          whole.replace(
            "event: message_stop",
            'event: error\ndata: {"type":"error","error":{"type":"overloaded_error"}}\n\nevent: message_stop',
          ),
        ),
        true,
      ],
      ["a streamed refusal", stream(whole.replace("end_turn", "refusal")), true],
      [
        "a streamed tool call",
        stream(whole.replace('"content_block":{"type":"text"', '"content_block":{"type":"tool_use"')),
        true,
      ],
      ["a stream without its last event", stream(whole.slice(0, whole.indexOf("event: message_stop"))), true],
      ["a stream that begins another after its end", stream(whole + whole), true],
    ];
    for (const [what, answer, isStream] of poor) {
      upstream.answer = answer;
      await ask({ body: { ...QUESTION, stream: isStream } });
      await until(() => proxy.closed.length > 0);
      expect(figures().items, what).toBe(0);
    }
    upstream.answer = answerStream;
    await ask({ body: { ...QUESTION, stream: true } });
    expect(figures().items).toBe(1);
  });
});

describe("T15: a truncated stream", () => {
  it("is never stored, wherever it was cut", async () => {
    const bytes = Buffer.from(streamText(MODEL));
    for (let cut = 0; cut < bytes.length; cut++) {
      upstream.answer = (response) => {
        response.writeHead(200, { "content-type": "text/event-stream", "transfer-encoding": "chunked" });
        response.flushHeaders();
        if (cut === 0) response.socket?.end();
        else response.write(bytes.subarray(0, cut), () => response.socket?.end());
      };
      const answer = await ask({ body: { ...QUESTION, stream: true } });

      expect(answer.headers["x-cco-cache"], `cut at ${cut}`).not.toBe("hit");
      expect(figures().items, `cut at ${cut}`).toBe(0);
    }
    expect(upstream.arrived).toHaveLength(bytes.length);
  });

  it("is not stored when its caller cut it", async () => {
    upstream.answer = (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      // Up to the end of an event: only there is a caller that left distinguishable from one that half-closed.
      const text = streamText(MODEL);
      response.write(text.slice(0, text.indexOf("\n\n") + 2));
    };
    const request = httpRequest(`${proxy.url}/v1/messages`, { method: "POST", headers: { "x-api-key": "sk-ant-one" } });
    request.on("error", () => {});
    request.on("response", (answer) => answer.once("data", () => request.destroy()));
    request.end(JSON.stringify({ ...QUESTION, stream: true }));

    await until(() => proxy.closed.at(-1)?.ended === "cancelled");
    expect(figures().items).toBe(0);
  });
});

describe("bypasses of the response cache", () => {
  const tool = { name: "Bash", input_schema: { type: "object" } };
  const user = (content: unknown) => ({ messages: [{ role: "user", content }] });
  const never: [string, Json, Record<string, string>?][] = [
    ["tools", { tools: [tool] }],
    ["thinking", { thinking: { type: "enabled", budget_tokens: 1024 } }],
    ["safeguards", { safeguards: [] }],
    ["container", { container: "c_1" }],
    ["context-edits", { context_management: { edits: [] } }],
    ["fallback-credit", { fallback_credit_token: "t" }],
    ["servers", { mcp_servers: [] }],
    ["unknown-field", { something_new: true }],
    ["too-large", user("x".repeat(MIB))],
    ["sampling", { temperature: 0.1 }],
    ["sampling", { temperature: undefined }],
    ["sampling", { model: "claude-sonnet-5-5" }],
    ["sampling", { model: "claude-of-next-year" }],
    ["tool-content", user([{ type: "tool_result", tool_use_id: "t", content: "" }])],
    ["thinking-content", { messages: [{ role: "assistant", content: [{ type: "redacted_thinking", data: "" }] }] }],
    ["file", user([{ type: "document", source: { type: "file", file_id: "f" } }])],
    ["file", user([{ type: "image", source: { type: "url", url: "https://example.com/x.png" } }])],
    ["unknown-content", user([{ type: "hologram" }])],
    ["no-store", {}, { "cache-control": "no-store" }],
    ["asked", {}, { "x-cco-cache": "bypass" }],
  ];

  it.each(never)("are counted with their reason: %s", async (reason, change, headers) => {
    const body = { ...QUESTION, ...change };
    await ask({ body, headers });
    await ask({ body, headers });

    expect(proxy.closed.map(({ cache, cacheReason }) => [cache, cacheReason])).toEqual([
      ["bypass", reason],
      ["bypass", reason],
    ]);
    expect(upstream.arrived).toHaveLength(2);
    expect(figures()).toMatchObject({ items: 0 });
    expect(figures().bypasses).toHaveProperty(reason);
  });

  it("names a reason for what is refused before the look-up, and for endpoints that are never stored", async () => {
    const refused = await ask({ body: "{" });
    await ask({ method: "GET", path: "/v1/files/file_1" });

    expect(refused.status).toBe(400);
    expect(proxy.closed.map(({ cache, cacheReason }) => [cache, cacheReason])).toEqual([
      ["bypass", "not-reached"],
      ["bypass", "endpoint"],
    ]);
  });

  it("is not a request that asks for a new answer: that one replaces the old", async () => {
    await ask();
    clockMs += 5_000;

    expect(await readResult({ headers: { "cache-control": "no-cache" } })).toBe("bypass");

    const again = await ask();
    expect(again.headers).toMatchObject({ "x-cco-cache": "hit", age: "0" });
  });

  it("include responses that vary, unless the deciding rule allows them", async () => {
    const cached = `${RULES}\n[[rule]]\nfrom = "claude-sonnet-5-5"\nto = "claude-haiku-5-5"\ncache = true\n`;
    const other = await startProxyInProcess({ upstreamUrl: upstream.url, rules: cached });
    const body = { ...QUESTION, temperature: undefined, model: "claude-sonnet-5-5" };
    try {
      await ask({ body, of: other });
      expect(await readResult({ body, of: other })).toBe("hit");
      expect(await readResult({ body: { ...body, model: "claude-opus-5-5" }, of: other })).toBe("bypass");
    } finally {
      await other.end();
    }
  });

  it("include every request while the rules file disables the cache, which clears it", async () => {
    const { cache } = proxy.server.context;
    await ask();
    expect(figures().items).toBe(1);

    cache.obey({ enabled: false, maxMb: 1, ttlSeconds: 60, scope: "caller" });

    expect(figures()).toMatchObject({ items: 0, bytes: 0 });
    cache.obey({ enabled: true, maxMb: 1, ttlSeconds: 60, scope: "caller" });
    expect(await readResult()).toBe("miss");
  });
});

describe("a purge", () => {
  it("covers all responses, one model, one person, and responses in flight", async () => {
    const { cache } = proxy.server.context;
    await ask();
    let purges = withPurge(NO_PURGES, { kind: "model", model: "another" }, clockMs);
    cache.applyPurges(purges);
    expect(await readResult()).toBe("hit");

    purges = withPurge(purges, { kind: "model", model: MODEL }, clockMs);
    cache.applyPurges(purges);
    expect(await readResult()).toBe("miss");

    purges = withPurge(purges, { kind: "person", personId: "per_other" }, clockMs);
    cache.applyPurges(purges);
    expect(await readResult()).toBe("hit");

    upstream.answer = (response, arrived, request) => {
      purges = withPurge(purges, { kind: "all" }, clockMs);
      cache.applyPurges(purges);
      answerJson(response, arrived, request);
    };
    await ask({ headers: { "cache-control": "no-cache" } });
    expect(figures().items).toBe(0);
  });
});

describe("identical concurrent requests", () => {
  const count = (of?: Json) => ({
    path: "/v1/messages/count_tokens",
    body: { model: MODEL, messages: [{ role: "user", content: "26 times" }], tools: [{ name: "Bash" }], ...of },
  });

  it("share one call: 26 token counts are one upstream request", async () => {
    let open: () => void = () => {};
    upstream.answer = (response) => {
      open = () => {
        response.writeHead(200, { "content-type": "application/json" });
        response.end('{"input_tokens":2095}');
      };
    };
    const answers = Array.from({ length: 26 }, () => ask(count()));
    await until(() => proxy.server.live.openRequests === 26 && upstream.arrived.length === 1);
    open();

    for (const answer of await Promise.all(answers)) expect(answer.body.toString()).toBe('{"input_tokens":2095}');
    expect(upstream.arrived).toHaveLength(1);
    const results = proxy.closed.map(({ cache }) => cache);
    expect([results.filter((one) => one === "miss").length, results.filter((one) => one === "hit").length]).toEqual([
      1, 25,
    ]);
    expect(new Set(proxy.closed.map(({ id }) => id)).size).toBe(26);
  });

  it("are sent separately when the first one fails or leaves", async () => {
    const held: (() => void)[] = [];
    upstream.answer = (response) =>
      void held.push(() => {
        response.writeHead(200, { "content-type": "application/json" });
        response.end('{"input_tokens":7}');
      });
    const leader = httpRequest(`${proxy.url}/v1/messages/count_tokens`, {
      method: "POST",
      headers: { "x-api-key": "sk-ant-one", "anthropic-version": "2023-06-01" },
    });
    leader.on("error", () => {});
    leader.end(JSON.stringify(count().body));
    await until(() => upstream.arrived.length === 1);
    const followers = Array.from({ length: 5 }, () => ask(count()));
    await until(() => proxy.server.live.openRequests === 6);
    leader.destroy();
    await until(() => held.length === 6);
    for (const answer of held) answer();

    for (const follower of await Promise.all(followers)) expect(follower.status).toBe(200);
  });

  it("share the list of models per caller", async () => {
    upstream.answer = (response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end('{"data":[],"has_more":false}');
    };
    const models = { method: "GET", path: "/v1/models?limit=1000" };

    const results = await Promise.all(Array.from({ length: 5 }, () => readResult(models)));

    expect(results.sort()).toEqual(["hit", "hit", "hit", "hit", "miss"]);
    expect(await readResult({ ...models, path: "/v1/models?limit=5" })).toBe("miss");
    expect(await readResult({ ...models, headers: { "x-api-key": "sk-ant-two" } })).toBe("miss");
    expect(await readResult(models)).toBe("hit");
  });
});
