// Long because bytes are compared on their way to the provider, back, and on disk, by one proxy.

import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ONE_RULE, type ProxyProcess, raw, removeData, startProxy, until } from "#tests/support/proxy-process.ts";
import {
  answerJson,
  answerStream,
  type ScriptedUpstream,
  startScriptedUpstream,
  streamText,
} from "#tests/support/scripted-upstream.ts";

let upstream: ScriptedUpstream;
let proxy: ProxyProcess;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  proxy = await startProxy({ upstreamUrl: upstream.url, rules: ONE_RULE });
});

afterEach(() => {
  upstream.answer = answerJson;
  upstream.arrived.length = 0;
});

afterAll(async () => {
  await proxy.stop();
  await upstream.close();
  removeData(proxy);
});

const post = (body: BodyInit, path = "/v1/messages", headers: Record<string, string> = {}) =>
  fetch(proxy.url + path, { method: "POST", body, headers: { "content-type": "application/json", ...headers } });

const readError = async (answer: Response) =>
  ((await answer.json()) as { error: { type: string; message: string } }).error;

/** Bodies a parse would change: numbers, escapes, spacing, doubled nested keys. */
const EDGES = [
  "1E400",
  "-0",
  "12345678901234567890123",
  "1.0",
  '"\\ud800"',
  '"\\/\\u0041\\u00e9é🎉"',
  '{"a":1,"a":2}',
  "[ ]",
  '"\\\\\\""',
  "{\n\t}",
];
const bodyWith = (model: string, edge: string) =>
  `{ "max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":"a","x":${edge}}]}],\n"model" : "${model}" ,"x":${edge}}`;

describe("the bytes of a request", () => {
  it("are forwarded unchanged when no rule matches", async () => {
    for (const edge of EDGES) await post(bodyWith("claude-sonnet-5-5", edge));

    expect(upstream.arrived.map(({ body }) => body.toString())).toEqual(
      EDGES.map((edge) => bodyWith("claude-sonnet-5-5", edge)),
    );
  });

  it("differ only in the model when a rule matches", async () => {
    for (const edge of EDGES) await post(bodyWith("claude-opus-5-5", edge));

    expect(upstream.arrived.map(({ body }) => body.toString())).toEqual(
      EDGES.map((edge) => bodyWith("claude-haiku-5-5", edge)),
    );
  });

  it("are forwarded unchanged for recorded Claude Code requests", async () => {
    const folder = join(import.meta.dirname, "../../fixtures/wire");
    for (const name of ["main-opus-5-5.json", "main-haiku-4-5.json"]) {
      const { body } = JSON.parse(readFileSync(join(folder, name), "utf8"));
      const text = JSON.stringify(body);
      await post(text);
      expect(upstream.arrived.pop()?.body.toString()).toBe(
        text.replace('"model":"claude-opus-5-5"', '"model":"claude-haiku-5-5"'),
      );
    }
  });

  it("arrive complete at every size, with the model first or last", async () => {
    for (const size of [0, 1, 70_000, 1_048_000, 2_500_000]) {
      for (const body of [
        `{"model":"claude-opus-5-5","x":"${"a".repeat(size)}"}`,
        `{"x":"${"a".repeat(size)}","model":"claude-opus-5-5"}`,
      ]) {
        const answer = await post(body);
        expect(answer.headers.get("x-cco-override")).toBe("applied");
        expect(upstream.arrived.pop()?.body.equals(Buffer.from(body.replace("opus", "haiku")))).toBe(true);
      }
    }
  });

  it("arrive complete when they are chunked", async () => {
    const body = `{"model":"claude-opus-5-5","x":"${"b".repeat(300_000)}"}`;
    const request = httpRequest(`${proxy.url}/v1/messages`, { method: "POST" });
    for (let at = 0; at < body.length; at += 7_001) request.write(body.slice(at, at + 7_001));
    request.end();
    await new Promise((resolve) => request.on("response", (answer) => answer.resume().on("end", resolve)));

    expect(upstream.arrived[0]?.body.toString()).toBe(body.replace("opus", "haiku"));
  });

  it.each([
    ["model twice", '{"model":"claude-opus-5-5","model":"b"}'],
    ["escaped model", '{"mod\\u0065l":"claude-opus-5-5"}'],
    ["no model", '{"messages":[]}'],
    ["model as a number", '{"model":5}'],
    ["malformed", '{"model":"claude-opus-5-5",'],
    ["byte order mark", '\ufeff{"model":"claude-opus-5-5"}'],
    ["not JSON", "hello"],
    ["empty", ""],
    ["a hundred thousand brackets", `{"model":"a","x":${"[".repeat(100_000)}`],
  ])("are refused in the provider's words: %s", async (_name, body) => {
    const answer = await post(body);

    expect(answer.status).toBe(400);
    expect(answer.headers.get("x-cco-request-id")).toMatch(/^evt_/);
    expect(await answer.json()).toMatchObject({
      type: "error",
      error: { type: "invalid_request_error" },
      request_id: expect.stringMatching(/^evt_/),
    });
    expect(upstream.arrived).toHaveLength(0);
  });

  it("T11: are refused when they are not UTF-8", async () => {
    expect((await post(Buffer.from([0x7b, 0x22, 0x6d, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]))).status).toBe(400);
  });

  it("T10: are refused when they are compressed", async () => {
    const answer = await post(gzipSync('{"model":"a"}'), "/v1/messages", { "content-encoding": "gzip" });

    expect(answer.status).toBe(415);
    expect((await readError(answer)).type).toBe("invalid_request_error");
  });

  it("T9: are refused above 32 MB, announced or not, before all are read", async () => {
    const announced = await raw(
      proxy.port,
      `POST /v1/messages HTTP/1.1\r\nHost: localhost:${proxy.port}\r\nContent-Length: 34000000\r\n\r\n{`,
    );
    expect(announced).toContain("413");
    expect(announced).toContain("request_too_large");

    const answer = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(`${proxy.url}/v1/messages`, { method: "POST" }, (response) =>
        resolve(response.statusCode ?? 0),
      );
      request.on("error", reject);
      const piece = Buffer.alloc(1024 * 1024, 0x61);
      let sent = 0;
      const more = () => {
        if (sent++ > 40) return request.end();
        request.write(piece, () => setImmediate(more));
      };
      more();
    });
    expect(answer).toBe(413);
    expect(upstream.arrived).toHaveLength(0);
  });
});

describe("the bytes of a response", () => {
  it("are unchanged without an override, including the provider's headers", async () => {
    const text = streamText("claude-sonnet-5-5");
    upstream.answer = (response) => {
      response.writeHead(200, {
        "content-type": "text/event-stream; charset=utf-8",
        "anthropic-ratelimit-requests-remaining": "9",
        "request-id": "req_1",
        "x-strange": "kept",
        "keep-alive": "timeout=1",
        "x-cco-rule": "forged",
      });
      response.end(text);
    };

    const answer = await post('{"model":"claude-sonnet-5-5","stream":true}');

    expect(await answer.text()).toBe(text);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "anthropic-ratelimit-requests-remaining": "9",
      "request-id": "req_1",
      "x-strange": "kept",
      "x-cco-override": "none",
      "x-cco-served-model": "claude-sonnet-5-5",
      "x-accel-buffering": "no",
    });
    expect(answer.headers.get("x-cco-rule")).toBe(null);
  });

  it("name the requested model again, in streams and in whole responses", async () => {
    upstream.answer = answerStream;
    const stream = await post('{"model":"claude-opus-5-5","stream":true}');
    expect(await stream.text()).toBe(streamText("claude-opus-5-5"));
    expect(stream.headers.get("x-cco-served-model")).toBe("claude-haiku-5-5");

    upstream.answer = answerJson;
    const whole = await post('{"model":"claude-opus-5-5"}');
    expect(Number(whole.headers.get("content-length"))).toBeGreaterThan(0);
    expect(((await whole.json()) as { model: string }).model).toBe("claude-opus-5-5");
  });

  it.each([400, 401, 402, 403, 404, 409, 413, 422, 429, 500, 503, 529])(
    "are unchanged for errors: %i",
    async (status) => {
      const text = `{"type":"error", "error":{"type":"some_error","message":"as \\u0069s"}}`;
      upstream.answer = (response) => {
        response.writeHead(status, {
          "content-type": "application/json",
          "retry-after": "7",
          "retry-after-ms": "7000",
          "x-should-retry": "true",
        });
        response.end(text);
      };

      const answer = await post('{"model":"claude-sonnet-5-5"}');

      expect(answer.status).toBe(status);
      expect(await answer.text()).toBe(text);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        "retry-after": "7",
        "retry-after-ms": "7000",
        "x-should-retry": "true",
      });
      expect(upstream.arrived).toHaveLength(1);
    },
  );

  it("arrive uncompressed and counted when the provider compresses unasked", async () => {
    for (const [coding, encode] of [
      ["gzip", gzipSync],
      ["br", brotliCompressSync],
      ["deflate", deflateSync],
    ] as const) {
      const text = streamText("claude-haiku-5-5");
      upstream.answer = (response) => {
        response.writeHead(200, { "content-type": "text/event-stream", "content-encoding": coding });
        response.end(encode(text));
      };
      const answer = await post('{"model":"claude-opus-5-5","stream":true}');
      expect(answer.headers.get("content-encoding")).toBe(null);
      expect(await answer.text()).toBe(streamText("claude-opus-5-5"));
    }
  });

  it("T18: do not follow a redirect", async () => {
    const other = await startScriptedUpstream();
    for (const [status, path] of [
      [302, "/v1/messages"],
      [307, "/v1/messages"],
      [308, "/v1/files"],
    ] as const) {
      upstream.answer = (response) => response.writeHead(status, { location: `${other.url}/steal` }).end();
      expect((await post('{"model":"claude-sonnet-5-5"}', path, { "x-api-key": "sk-own" })).status).toBe(502);
    }

    expect(other.arrived).toHaveLength(0);
    await other.close();
  });

  it("come from the requested model when the served one refuses, with the caller's own bytes", async () => {
    const body = '{ "model":"claude-opus-5-5", "metadata":{"user_id":"{\\"session_id\\":\\"fallback-1\\"}"} }';
    upstream.answer = (response, arrived, request) => {
      if (!arrived.body.includes("haiku")) return answerJson(response, arrived, request);
      response
        .writeHead(404, { "content-type": "application/json" })
        .end('{"type":"error","error":{"type":"not_found_error","message":"model"}}');
    };

    const first = await post(body);
    const second = await post(body);

    expect(first.status).toBe(200);
    expect(first.headers.get("x-cco-override")).toBe("fallback:upstream_404");
    expect(second.headers.get("x-cco-override")).toBe("skipped:pinned:upstream_404");
    expect(upstream.arrived.map((one) => one.body.toString())).toEqual([body.replace("opus", "haiku"), body, body]);
  });
});

describe("a request for a model of another generation", () => {
  const wire = (name: string) =>
    JSON.parse(readFileSync(join(import.meta.dirname, `../../fixtures/wire/${name}.json`), "utf8"));
  let old: ProxyProcess;

  beforeAll(async () => {
    old = await startProxy({
      upstreamUrl: upstream.url,
      rules: ONE_RULE.replace("claude-haiku-5-5", "claude-haiku-4-5-20251001"),
    });
  });

  afterAll(async () => {
    await old.stop();
    removeData(old);
  });

  const send = (body: unknown, headers: Record<string, string>) =>
    fetch(`${old.url}/v1/messages?beta=true`, { method: "POST", body: JSON.stringify(body), headers });

  it("is changed where that model needs it, headers included", async () => {
    const { body, anthropicBeta } = wire("main-opus-5-5");
    const answer = await send(body, { "anthropic-beta": anthropicBeta, "anthropic-version": "2023-06-01" });
    const sent = JSON.parse(upstream.arrived[0]?.body.toString() ?? "");

    expect(answer.headers.get("x-cco-override")).toBe("applied");
    expect(sent).toMatchObject({
      model: "claude-haiku-4-5-20251001",
      max_tokens: 64_000,
      thinking: { type: "enabled" },
    });
    expect(sent.output_config).toBe(undefined);
    expect(upstream.arrived[0]?.headers["anthropic-beta"]).not.toMatch(/effort|per-turn-control/);
  });

  it("keeps its model for the whole session when an adaptation would lose something", async () => {
    const { body } = wire("main-opus-5-5");
    const session = { "x-claude-code-session-id": "auto-mode-1" };
    const first = await send({ ...body, safeguards: [{ type: "dangerous_tool_use" }] }, session);
    const second = await send(body, session);

    expect(first.headers.get("x-cco-override")).toBe("skipped:hazard:E23");
    expect(second.headers.get("x-cco-override")).toBe("skipped:hazard:E23");
    expect(upstream.arrived.map((one) => JSON.parse(one.body.toString()).model)).toEqual([
      "claude-opus-5-5",
      "claude-opus-5-5",
    ]);
    expect(upstream.arrived[1]?.body.toString()).toBe(JSON.stringify(body));
  });
});

describe("the data folder after traffic", () => {
  it("T20, T21: has one event per request and no key, prompt or response", async () => {
    const own = await startProxy({ upstreamUrl: upstream.url, rules: ONE_RULE, env: { CCO_LOG_LEVEL: "debug" } });
    upstream.answer = (response, arrived, request) => answerStream(response, arrived, request);
    const secret = "sk-ant-CANARYKEY";
    const body =
      '{"model":"claude-opus-5-5","stream":true,"system":"CANARYSYSTEM","messages":[{"role":"user","content":"CANARYPROMPT"}]}';
    await (
      await fetch(`${own.url}/v1/messages?beta=true&CANARYQUERY=1`, {
        method: "POST",
        body,
        headers: { "x-api-key": secret, authorization: `Bearer ${secret}2` },
      })
    ).text();
    await fetch(`${own.url}/v1/messages`, {
      method: "POST",
      body: `${body}CANARYBROKEN`,
      headers: { "x-api-key": secret },
    });
    const events = await own.events(2);
    await own.stop();

    expect(
      events.map(({ ended, status, requested_model, served_model, output_tokens }) => ({
        ended,
        status,
        requested_model,
        served_model,
        output_tokens,
      })),
    ).toEqual([
      {
        ended: "complete",
        status: 200,
        requested_model: "claude-opus-5-5",
        served_model: "claude-haiku-5-5",
        output_tokens: 25,
      },
      { ended: "error", status: 400, requested_model: null, served_model: null, output_tokens: 0 },
    ]);
    const remains = own.remains();
    for (const canary of ["CANARY", secret, "Grüße"]) expect(remains.includes(canary), canary).toBe(false);
    await until(() => !own.isAlive());
    removeData(own);
  });
});
