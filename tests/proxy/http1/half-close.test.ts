import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES, until } from "#tests/support/proxy-process.ts";
import {
  type Answerer,
  answerJson,
  type ScriptedUpstream,
  startScriptedUpstream,
  streamText,
} from "#tests/support/scripted-upstream.ts";

let upstream: ScriptedUpstream;
let consoleServer: ScriptedUpstream;
let proxy: ProxyInProcess;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  consoleServer = await startScriptedUpstream();
  proxy = await startProxyInProcess({
    upstreamUrl: upstream.url,
    rules: NO_RULES,
    env: { CCO_CONSOLE_URL: consoleServer.url },
  });
});

afterAll(async () => {
  await proxy.end();
  await upstream.close();
  await consoleServer.close();
});

beforeEach(() => {
  for (const list of [upstream.arrived, consoleServer.arrived, proxy.closed]) list.length = 0;
});

const body = (n: number) => `{"model":"claude-opus-5-5","max_tokens":1,"messages":[],"n":${n}}`;
const head = (line: string, ...headers: string[]) =>
  [`${line} HTTP/1.1`, `Host: 127.0.0.1:${proxy.port}`, ...headers, "", ""].join("\r\n");
const post = (n: number) => `${head("POST /v1/messages", `Content-Length: ${body(n).length}`)}${body(n)}`;
const chunked = (n: number) =>
  `${head("POST /v1/messages", "Transfer-Encoding: chunked")}${body(n).length.toString(16)}\r\n${body(n)}\r\n0\r\n\r\n`;

/** Long after the end of the caller's side has arrived. */
const late =
  (answer: Answerer): Answerer =>
  (response, arrived, request) =>
    void setTimeout(() => answer(response, arrived, request), 300);

/** Sends all of it, ends its side of the connection, and reads what comes until the other side ends. */
function halfClosed(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = "";
    const socket = connect({ port: proxy.port, host: "127.0.0.1", allowHalfOpen: true }, () => socket.end(text));
    socket.on("data", (part) => {
      got += part.toString("latin1");
    });
    socket.on("error", reject);
    socket.on("end", () => resolve(got));
  });
}

const statusLines = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
/** The statuses of final answers: `100 Continue` may stand before each. */
const statuses = (text: string) => statusLines(text).filter((status) => status >= 200);

describe("a caller that half-closes after a complete request", () => {
  const ways: [string, () => string, number][] = [
    ["a message", () => post(1), 1],
    ["a message in chunks", () => chunked(1), 1],
    ["messages sent at once", () => post(1) + post(2) + post(3), 3],
    ["messages of both kinds, sent at once", () => post(1) + chunked(2) + post(3), 3],
    ["a list of models", () => head("GET /v1/models"), 1],
    ["a list of files", () => head("GET /v1/files"), 1],
    ["a file", () => `${head("POST /v1/files", "Content-Length: 4")}file`, 1],
    ["a page of the console", () => head("GET /rules"), 1],
  ];

  it.each(ways)("is answered, even if the response is late: %s", async (_, text, count) => {
    upstream.answer = late(answerJson);
    consoleServer.answer = upstream.answer;

    const answer = await halfClosed(text());

    expect(statuses(answer)).toEqual(Array.from({ length: count }, () => 200));
    expect(upstream.arrived.length + consoleServer.arrived.length).toBe(count);
  });

  const old = (text: string) => text.replace(" HTTP/1.1\r\n", " HTTP/1.0\r\n");
  const oldWays: [string, () => string][] = [
    ["a message", () => old(post(1))],
    [
      "a message on a connection that was to be kept",
      () => old(post(1)).replace("Host", "Connection: keep-alive\r\nHost"),
    ],
    ["a list of files", () => old(head("GET /v1/files"))],
    ["a page of the console", () => old(head("GET /rules"))],
    ["a message behind a newer one", () => post(1) + old(post(2))],
  ];

  it.each(oldWays)("gets one head and no interim response when it speaks HTTP/1.0: %s", async (_, text) => {
    upstream.answer = late(answerJson);
    consoleServer.answer = upstream.answer;
    const asked = text();

    const answer = await halfClosed(asked);

    // Bytes before it belong to the newer request, which may get a 100 Continue.
    const before = answer.slice(0, answer.lastIndexOf("HTTP/1.1 200")).replaceAll("HTTP/1.1 100 Continue\r\n\r\n", "");
    expect(answer.endsWith("}")).toBe(true);
    if (asked.includes("HTTP/1.1")) expect(before).toMatch(/^HTTP\/1\.1 200 .*\}$/s);
    else expect(statusLines(answer)).toEqual([200]);
  });

  it("gets the stream and its pings when it speaks HTTP/1.0", async () => {
    const text = streamText("claude-opus-5-5");
    const first = text.indexOf("\n\n") + 2;
    upstream.answer = (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(text.slice(0, first));
      setTimeout(() => response.end(text.slice(first)), 300);
    };

    const answer = await halfClosed(old(post(1)));

    expect(statusLines(answer)).toEqual([200]);
    expect(answer).toContain("message_stop");
  });

  it("pays for its message once, and the response is recorded as complete", async () => {
    upstream.answer = late(answerJson);

    await halfClosed(post(1));

    await until(() => proxy.closed.length > 0);
    expect(proxy.closed).toEqual([expect.objectContaining({ ended: "complete", status: 200 })]);
    expect(upstream.arrived).toHaveLength(1);
  });

  it("gets the whole stream", async () => {
    const text = streamText("claude-opus-5-5");
    upstream.answer = (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(text.slice(0, 300));
      setTimeout(() => response.end(text.slice(300)), 300);
    };

    const answer = await halfClosed(post(1));

    expect(statuses(answer)).toEqual([200]);
    expect(answer).toContain("message_stop");
    expect(proxy.closed).toEqual([expect.objectContaining({ ended: "complete" })]);
  });

  it("is closed immediately when no request is pending", async () => {
    upstream.answer = answerJson;
    expect(await halfClosed("")).toBe("");
    expect(statuses(await halfClosed(post(1)))).toEqual([200]);
  });
});

describe("a caller that has left", () => {
  const ways: [string, () => string][] = [
    ["a message", () => post(1)],
    ["a message in chunks", () => chunked(1)],
    ["a list of files", () => head("GET /v1/files")],
  ];

  it.each(ways)("cancels the upstream work within a second, before any response: %s", async (_, text) => {
    upstream.answer = () => {};
    const socket = connect(proxy.port, "127.0.0.1", () => socket.write(text()));
    await until(() => upstream.arrived.length === 1);

    const leftAt = Date.now();
    socket.destroy();
    await until(() => upstream.arrived[0]?.isAborted);

    expect(Date.now() - leftAt).toBeLessThan(1_000);
  });

  it("is detected by writes to it when it speaks HTTP/1.0", async () => {
    const start = `${streamText("claude-opus-5-5").split("\n\n")[0]}\n\n`;
    upstream.answer = (response) =>
      void setTimeout(() => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        for (const afterMs of [0, 50, 100]) setTimeout(() => response.write(start), afterMs);
      }, 200);
    const text = post(1).replace("HTTP/1.1", "HTTP/1.0");
    const socket = connect(proxy.port, "127.0.0.1", () => socket.write(text));
    await until(() => upstream.arrived.length === 1);

    socket.destroy();

    await until(() => upstream.arrived[0]?.isAborted);
    await until(() => proxy.closed.length === 1);
    expect(proxy.closed[0]?.ended).toBe("cancelled");
  });

  it("ends a silent stream within a second", async () => {
    const start = `${streamText("claude-opus-5-5").split("\n\n")[0]}\n\n`;
    upstream.answer = (response) => response.writeHead(200, { "content-type": "text/event-stream" }).write(start);
    const socket = connect(proxy.port, "127.0.0.1", () => socket.write(post(1)));
    await new Promise((resolve) => socket.once("data", resolve));

    const leftAt = Date.now();
    socket.destroy();
    await until(() => upstream.arrived[0]?.isAborted);

    expect(Date.now() - leftAt).toBeLessThan(1_000);
    await until(() => proxy.closed.length === 1);
    expect(proxy.closed[0]?.ended).toBe("cancelled");
  });
});
