import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES } from "#tests/support/proxy-process.ts";
import {
  type Answerer,
  answerJson,
  type ScriptedUpstream,
  startScriptedUpstream,
} from "#tests/support/scripted-upstream.ts";

let upstream: ScriptedUpstream;
let consoleServer: ScriptedUpstream;
let proxy: ProxyInProcess;

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerJson);
  consoleServer = await startScriptedUpstream(answerJson);
  const env = { CCO_CONSOLE_URL: consoleServer.url };
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: NO_RULES, env });
});
/** Says in a header which message it answers. */
const answerNumber: Answerer = (response, arrived, request) => {
  const n = /"n":(\d+)/.exec(arrived.body.toString())?.[1];
  if (n !== undefined) response.setHeader("x-n", n);
  answerJson(response, arrived, request);
};
beforeEach(() => {
  upstream.answer = answerNumber;
  for (const list of [upstream.arrived, consoleServer.arrived, proxy.closed]) list.length = 0;
});
afterAll(async () => {
  await proxy.end();
  await upstream.close();
  await consoleServer.close();
});

/** As the HttpClient of the JDK and `curl --http2` write it. */
const H2C = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAAB"];
const WEBSOCKET = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
];

const head = (line: string, lines: readonly string[]) =>
  [`${line} HTTP/1.1`, `Host: 127.0.0.1:${proxy.port}`, ...lines, "", ""].join("\r\n");
const body = (n: number) => `{"model":"claude-opus-5-5","max_tokens":1,"messages":[],"n":${n}}`;
const post = (n: number, ...lines: string[]) =>
  head("POST /v1/messages", [...lines, `Content-Length: ${body(n).length}`]) + body(n);
const chunked = (n: number, ...lines: string[]) =>
  `${head("POST /v1/messages", [...lines, "Transfer-Encoding: chunked"])}${body(n).length.toString(16)}\r\n${body(n)}\r\n0\r\n\r\n`;

/** Sends the parts a moment apart and reads `count` final heads and their bodies, or until the connection is closed. */
function exchange(parts: string[], count: number, halfCloses = false): Promise<{ text: string; isClosed: boolean }> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect({ port: proxy.port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true }, async () => {
      for (const part of parts) {
        socket.write(Buffer.from(part, "latin1"));
        await new Promise((sent) => setTimeout(sent, 30));
      }
      if (halfCloses) socket.end();
    });
    let timer = setTimeout(() => {}, 0);
    const done = (isClosed: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text, isClosed });
    };
    socket.on("data", (part) => {
      text += part.toString("latin1");
      clearTimeout(timer);
      // A moment more, in which one answer too many would come, or the end.
      if (statuses(text).length >= count) timer = setTimeout(() => done(false), 150);
    });
    socket.on("end", () => done(true));
    socket.on("error", reject);
  });
}
const statuses = (text: string) =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status)).filter((status) => status >= 200);
const numbers = () => upstream.arrived.map(({ body: sent }) => JSON.parse(sent.toString()).n).toSorted((a, b) => a - b);
/** Which messages were answered, in the order of the answers. */
const answered = (text: string) => [...text.matchAll(/^x-n: (\d+)/gm)].map(([, n]) => Number(n));

describe("an upgrade request for an unsupported protocol", () => {
  const paths: [string, () => string][] = [
    ["a message", () => post(1, ...H2C)],
    ["a message in chunks", () => chunked(1, ...H2C)],
    ["a token count", () => post(1, ...H2C).replace("/v1/messages", "/v1/messages/count_tokens")],
    ["a file", () => `${head("POST /v1/files", [...H2C, "Content-Length: 4"])}file`],
    ["a list of files", () => head("GET /v1/files", H2C)],
    ["models", () => head("GET /v1/models", H2C)],
    ["health", () => head("GET /health", H2C)],
    ["readiness", () => head("GET /readyz", H2C)],
    ["the console's API", () => head("GET /api/session", H2C)],
    ["a page", () => head("GET /rules", H2C)],
    ["the terminal's path", () => head("GET /terminal", H2C)],
    ["another protocol", () => post(1, "Connection: Upgrade", "Upgrade: TLS/1.0, HTTP/2.0")],
    ["a WebSocket that is asked for with a body", () => post(1, ...WEBSOCKET)],
  ];
  it.each(paths)("is ignored, the request answered and the connection kept: %s", async (_, text) => {
    const { text: answer, isClosed } = await exchange([text(), post(7)], 2);

    expect(statuses(answer)).toEqual([200, 200]);
    expect(isClosed).toBe(false);
    expect(upstream.arrived.map(({ body: sent }) => sent.toString())).toContain(body(7));
    for (const { headers } of [...upstream.arrived, ...consoleServer.arrived])
      expect([headers.upgrade, headers["http2-settings"]]).toEqual([undefined, undefined]);
  });

  it("keeps every body intact, in one write, cut anywhere, and pipelined", async () => {
    const all = post(1) + post(2, ...H2C) + chunked(3, ...H2C) + post(4) + chunked(5) + post(6, ...H2C);
    for (const at of [0, 10, post(1).length + 40, post(1).length + 200, all.length - 30]) {
      upstream.arrived.length = 0;
      const { text } = await exchange([all.slice(0, at), all.slice(at)], 6);

      expect(statuses(text), String(at)).toEqual([200, 200, 200, 200, 200, 200]);
      expect(answered(text), String(at)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(numbers(), String(at)).toEqual([1, 2, 3, 4, 5, 6]);
    }
  });

  it("waits for earlier responses, however late and large", async () => {
    const large = "x".repeat(4_000_000);
    upstream.answer = (response, arrived, request) => {
      if (!arrived.body.includes('"n":1')) return answerJson(response, arrived, request);
      setTimeout(() => response.writeHead(200, { "content-type": "text/event-stream" }).end(large), 100);
    };
    const { text } = await exchange([chunked(1) + post(2, ...H2C)], 2);

    expect(statuses(text)).toEqual([200, 200]);
    expect(text.lastIndexOf("x".repeat(100))).toBeLessThan(text.lastIndexOf("HTTP/1.1 200"));
    expect(text.length).toBeGreaterThan(large.length);
    expect(numbers()).toEqual([1, 2]);
  });

  it("of a half-closed caller is answered as well", async () => {
    for (const text of [post(1, ...H2C), post(1) + post(2, ...H2C), chunked(1) + chunked(2, ...H2C)])
      expect(statuses((await exchange([text], 9, true)).text)).toEqual(text.includes('"n":2') ? [200, 200] : [200]);
  });

  it("does not weaken the guard: the connection is closed, and nothing behind it is forwarded", async () => {
    const doubtful = [
      chunked(1, ...H2C, "Content-Length: 4"),
      post(1, ...H2C, "Content-Length: 4"),
      `${head("GET /v1/models", [...H2C, "Content-Length: 4"])}file`,
      post(1, ...H2C, "Host: other"),
      post(1, "Host: other"),
      head("GET /v1//models", H2C),
    ];
    for (const text of doubtful) {
      const { text: answer, isClosed } = await exchange([text + post(2)], 2);
      expect(statuses(answer), text).toEqual([400]);
      expect(isClosed, text).toBe(true);
    }
    expect(upstream.arrived).toHaveLength(0);
  });

  it("never stalls a body or repeats a head: each request is answered once on one kept connection", async () => {
    const rounds = Array.from({ length: 20 }, (_, n) => post(n, ...H2C));
    const { text } = await exchange(rounds, 20);

    expect(statuses(text)).toHaveLength(20);
    expect(answered(text)).toEqual(rounds.map((_, n) => n));
  });
});

describe("many wishes to upgrade on one connection", () => {
  const ways: [string, (count: number) => string[]][] = [
    ["one behind the other", (count) => [post(1, ...H2C).repeat(count)]],
    ["in chunks, one behind the other", (count) => [chunked(1, ...H2C).repeat(count)]],
    ["behind plain ones", (count) => [(post(1) + head("GET /v1/files/f", H2C)).repeat(count / 2)]],
    ["each alone", (count) => Array.from({ length: count }, () => post(1, ...H2C))],
  ];
  it.each(ways)("leave no listener behind and warn of none: %s", async (_, parts) => {
    const counts: number[] = [];
    const warnings: string[] = [];
    const onWarning = ({ message }: Error) => warnings.push(message);
    const onRequest = ({ socket }: IncomingMessage) =>
      counts.push(socket.eventNames().reduce((sum, name) => sum + socket.listenerCount(name), 0));
    process.on("warning", onWarning);
    proxy.server.http.on("request", onRequest);
    const { text } = await exchange(parts(60), 60);
    proxy.server.http.off("request", onRequest);
    process.off("warning", onWarning);

    expect(statuses(text)).toEqual(Array(60).fill(200));
    expect(warnings).toEqual([]);
    const [first = 0] = counts;
    expect(Math.max(...counts)).toBeLessThanOrEqual(first + 3);
  });
});

describe("a WebSocket at a path without one", () => {
  it.each([
    ["/v1/messages", "error.message"],
    ["/api/session", "error"],
    ["/rules", "error"],
  ])("is refused with the correct path: %s", async (path, place) => {
    const { text, isClosed } = await exchange([head(`GET ${path}`, WEBSOCKET) + post(1)], 1);

    expect(statuses(text)).toEqual([404]);
    expect(isClosed).toBe(true);
    const error = JSON.parse(text.slice(text.indexOf("\r\n\r\n") + 4));
    expect(place === "error" ? error.error : error.error.message).toContain("/terminal");
    expect(upstream.arrived.length + consoleServer.arrived.length).toBe(0);
  });

  it("is refused with a message for a page of another site too", async () => {
    const { text } = await exchange([head("GET /terminal", [...WEBSOCKET, "Origin: https://evil.example"])], 1);

    expect(statuses(text)).toEqual([403]);
    expect(JSON.parse(text.slice(text.indexOf("\r\n\r\n") + 4)).error).toContain("other web sites");
  });
});
