import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import {
  type Answerer,
  answerJson,
  type ScriptedUpstream,
  startScriptedUpstream,
  streamText,
} from "#tests/support/scripted-upstream.ts";

const rules = `[overrides]
enabled = true
[[rule]]
from = "opus"
to = "claude-haiku-5-5"
fallback = "on-overload"
[analytics]
report_format = "silent"`;

let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;
/** What the next requests are answered with; 200 when there is nothing left. */
let script: (number | Answerer)[] = [];

beforeAll(async () => {
  upstream = await startScriptedUpstream((response, arrived, request) => {
    const status = script.shift() ?? 200;
    if (typeof status === "function") return status(response, arrived, request);
    if (status === 200) return answerJson(response, arrived, request);
    response.writeHead(status, { "content-type": "application/json" });
    response.end('{"type":"error","error":{"type":"invalid_request_error","message":"no"}}');
  });
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules });
});
beforeEach(() => {
  script = [];
});
afterAll(async () => {
  await proxy?.end();
  await upstream?.close();
});

async function ask(session: string, signal: AbortSignal | null = null) {
  const answer = await fetch(`${proxy.url}/v1/messages`, {
    method: "POST",
    signal,
    headers: { "x-api-key": "k", "x-claude-code-session-id": session, "content-type": "application/json" },
    body: JSON.stringify({ model: "claude-opus-5-5", max_tokens: 100, messages: [{ role: "user", content: "a" }] }),
  });
  await answer.arrayBuffer();
  return [answer.status, answer.headers.get("x-cco-override")];
}

describe("a session whose served model refused a request", () => {
  it.each([400, 403, 404, 413])("keeps its override when the requested model refuses too (%i)", async (status) => {
    script = [status, status];
    const session = `both-${status}`;

    expect(await ask(session)).toEqual([status, `fallback:upstream_${status}`]);
    expect(await ask(session)).toEqual([200, "applied"]);
  });

  it("keeps its override when the requested model is overloaded", async () => {
    script = [400, 529];

    expect(await ask("overloaded")).toEqual([529, "fallback:upstream_400"]);
    expect(await ask("overloaded")).toEqual([200, "applied"]);
  });

  it("is pinned to the requested model when that one answers", async () => {
    script = [400, 200];

    expect(await ask("refused")).toEqual([200, "fallback:upstream_400"]);
    expect(await ask("refused")).toEqual([200, "skipped:pinned:upstream_400"]);
  });

  const stream = (text: string) => (): Answerer => (response) =>
    response.writeHead(200, { "content-type": "text/event-stream" }).end(text);
  const error = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"No"}}\n\n';
  const whole = streamText("claude-opus-5-5");
  const start = whole.slice(0, whole.indexOf("event: content_block_stop"));
  const failed: [string, () => Answerer][] = [
    ["was a stream that opened with an error", stream(error)],
    ["was a stream that opened with a ping and an error", stream(`event: ping\ndata: {"type": "ping"}\n\n${error}`)],
    ["was a stream with an error in its middle", stream(start + error)],
    ["was a stream without its end", stream(start)],
    ["was empty", stream("")],
    [
      "broke off in a stream",
      () => (response) => {
        response.writeHead(200, { "content-type": "text/event-stream", "content-length": 100_000 }).write(start);
        setTimeout(() => response.destroy(), 20);
      },
    ],
    [
      "broke off before its head",
      () => (response) => {
        response.destroy();
      },
    ],
    [
      "was an error with status 200",
      () => (response) =>
        response
          .writeHead(200, { "content-type": "application/json" })
          .end('{"type":"error","error":{"type":"overloaded_error","message":"No"}}'),
    ],
    ["was no message", () => (response) => response.writeHead(204).end()],
  ];
  it.each(failed)("keeps its override when the response of the requested model %s", async (how, answer) => {
    for (const refusal of [400, 529]) {
      const session = `${how} after ${refusal}`.replaceAll(" ", "-");
      script = [refusal, answer()];
      await ask(session).catch(() => {}); // a torn answer is torn for the caller, too
      expect(script, session).toEqual([]);
      expect(await ask(session), session).toEqual([200, "applied"]);
    }
  });

  it("keeps its override when the caller leaves before the requested model answers", async () => {
    script = [400, (response) => response.writeHead(200, { "content-type": "text/event-stream" }).write(start)];
    const leaving = new AbortController();
    const asked = ask("left", leaving.signal);
    await expect.poll(() => script).toEqual([]);
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await expect.poll(() => proxy.closed.at(-1)?.ended).toBe("cancelled");

    expect(await ask("left")).toEqual([200, "applied"]);
  });

  it("is pinned to the requested model when that one streams to the end", async () => {
    script = [400, stream(whole)()];

    expect(await ask("streamed")).toEqual([200, "fallback:upstream_400"]);
    expect(await ask("streamed")).toEqual([200, "skipped:pinned:upstream_400"]);
  });
});
