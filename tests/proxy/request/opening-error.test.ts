import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import {
  type Answerer,
  type ScriptedUpstream,
  startScriptedUpstream,
  streamText,
} from "#tests/support/scripted-upstream.ts";

const ASKED = "claude-opus-5-5";
const SERVED = "claude-haiku-5-5";

let upstream: ScriptedUpstream;
let overload: ProxyInProcess;
let refusal: ProxyInProcess;
let never: ProxyInProcess;

const rules = (mode: string) => `[overrides]
enabled = true
[[rule]]
from = "${ASKED}"
to = "${SERVED}"
fallback = "${mode}"
[analytics]
report_format = "silent"
`;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  const start = (mode: string) => startProxyInProcess({ upstreamUrl: upstream.url, rules: rules(mode) });
  [overload, refusal, never] = await Promise.all([start("on-overload"), start("on-refusal"), start("never")]);
});

beforeEach(() => {
  upstream.arrived.length = 0;
  for (const proxy of [overload, refusal, never]) proxy.closed.length = 0;
});

afterAll(async () => {
  for (const proxy of [overload, refusal, never]) await proxy.end();
  await upstream.close();
});

const errorEvent = (type: string) =>
  `event: error\ndata: {"type":"error","error":{"type":"${type}","message":"No"}}\n\n`;
const PING = 'event: ping\ndata: {"type": "ping"}\n\n';

/** The served model streams these parts, the asked one a whole answer. */
const opening =
  (...parts: string[]): Answerer =>
  async (response, { body }) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    if (body.includes(ASKED)) return void response.end(streamText(ASKED));
    response.flushHeaders();
    for (const part of parts) {
      await new Promise((resolve) => setTimeout(resolve, 15));
      response.write(part);
    }
    response.end();
  };

async function ask(proxy: ProxyInProcess) {
  const answer = await fetch(`${proxy.url}/v1/messages`, {
    method: "POST",
    body: `{"model":"${ASKED}","stream":true,"max_tokens":1,"messages":[]}`,
  });
  return { head: answer.headers, text: await answer.text() };
}

const models = () => upstream.arrived.map(({ body }) => JSON.parse(body.toString()).model);

describe("a stream that opens with an error", () => {
  const split = errorEvent("overloaded_error");
  it.each([
    ["at once", [split]],
    ["after a ping", [PING, split]],
    ["in pieces", [split.slice(0, 9), split.slice(9, 60), split.slice(60)]],
    ["with CR line ends", [split.replaceAll("\n", "\r")]],
    ["without its blank line", [split.trimEnd()]],
  ])("with overload %s falls back to the requested model under on-overload", async (_how, parts) => {
    upstream.answer = opening(...parts);
    const { head, text } = await ask(overload);

    expect(text).toBe(streamText(ASKED));
    expect(head.get("x-cco-served-model")).toBe(ASKED);
    expect(head.get("x-cco-override")).toBe("fallback:upstream_529");
    expect(models()).toEqual([SERVED, ASKED]);
    expect(overload.closed).toEqual([expect.objectContaining({ decision: "fallback", ended: "complete" })]);
  });

  it("with a refusal falls back under on-refusal too, and one with overload does not", async () => {
    upstream.answer = opening(errorEvent("invalid_request_error"));
    expect((await ask(refusal)).head.get("x-cco-override")).toBe("fallback:upstream_400");
    upstream.arrived.length = 0;
    upstream.answer = opening(split);
    expect((await ask(refusal)).text).toBe(split);
    expect(models()).toEqual([SERVED]);
  });

  it("is passed on under never", async () => {
    upstream.answer = opening(split);
    expect((await ask(never)).text).toBe(split);
    expect(models()).toEqual([SERVED]);
  });
});

describe("a stream whose content type is written in capitals or with parameters", () => {
  it.each(["Text/Event-Stream", "text/event-stream; charset=utf-8", "TEXT/EVENT-STREAM ;charset=utf-8"])(
    "is counted, renamed and judged like any other: %s",
    async (type) => {
      upstream.answer = (response) => {
        response.writeHead(200, { "content-type": type });
        response.end(streamText(SERVED));
      };
      expect((await ask(overload)).text).toBe(streamText(ASKED));
      expect(overload.closed).toEqual([
        expect.objectContaining({ ended: "complete", usage: expect.objectContaining({ outputTokens: 25 }) }),
      ]);

      upstream.answer = (response, { body }) => {
        response.writeHead(200, { "content-type": type });
        response.end(body.includes(ASKED) ? streamText(ASKED) : errorEvent("overloaded_error"));
      };
      expect((await ask(overload)).head.get("x-cco-override")).toBe("fallback:upstream_529");
    },
  );
});

describe("a stream that opened normally", () => {
  it("keeps a later error, because the caller has a part of the response", async () => {
    const begun = streamText(SERVED).slice(0, streamText(SERVED).indexOf("\n\n") + 2);
    upstream.answer = opening(begun, errorEvent("overloaded_error"));
    const { text } = await ask(overload);

    expect(text).toBe(begun.replace(SERVED, ASKED) + errorEvent("overloaded_error"));
    expect(models()).toEqual([SERVED]);
  });

  it("reaches the caller whole, for any opening", async () => {
    for (const parts of [[PING, streamText(SERVED)], [": hi\n\n", streamText(SERVED)], [streamText(SERVED)]]) {
      upstream.answer = opening(...parts);
      expect((await ask(overload)).text).toBe(parts.join("").replace(SERVED, ASKED));
    }
  });

  it("is cancelled when the caller leaves before its first event", async () => {
    upstream.answer = opening();
    const leave = new AbortController();
    upstream.answer = (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
      setTimeout(() => leave.abort(), 50);
    };
    const body = `{"model":"${ASKED}","stream":true,"max_tokens":1,"messages":[]}`;
    const asking = fetch(`${overload.url}/v1/messages`, { method: "POST", body, signal: leave.signal });
    await expect(asking.then((answer) => answer.text())).rejects.toThrow();

    await expect.poll(() => overload.closed).toEqual([expect.objectContaining({ ended: "cancelled" })]);
    await expect.poll(() => upstream.arrived[0]?.isAborted).toBe(true);
    expect(models()).toEqual([SERVED]);
  });
});
