import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { NO_PURGES } from "#core/cache/purges.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES, raw, until } from "#tests/support/proxy-process.ts";
import { answerJson, type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

let upstream: ScriptedUpstream;
let consoleServer: ScriptedUpstream;
let proxy: ProxyInProcess;

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerJson);
  consoleServer = await startScriptedUpstream(answerJson);
  proxy = await startProxyInProcess({
    upstreamUrl: upstream.url,
    rules: NO_RULES,
    env: { CCO_CONSOLE_URL: consoleServer.url },
    state: {
      cachePurges: NO_PURGES,
      prices: null,
      draftHeaders: [],
      revision: 1,
      rules: null,
      proxyKeys: [],
      holderLimits: [],
      budgetRaises: [],
      accessTokens: [],
      settings: { organisation: "", reportingZone: "UTC", rulesFileHash: null },
      hasPeople: true,
    },
  });
});
beforeEach(() => {
  upstream.answer = answerJson;
  for (const list of [upstream.arrived, consoleServer.arrived]) list.length = 0;
});
afterAll(async () => {
  await proxy.end();
  await upstream.close();
  await consoleServer.close();
});

const UNKNOWN = `x-api-key: cco_${"u".repeat(43)}`;
const BODY = '{"model":"claude-sonnet-5-5","max_tokens":1,"messages":[]}';
const head = (line: string, ...lines: string[]) =>
  [`${line} HTTP/1.1`, `Host: 127.0.0.1:${proxy.port}`, ...lines, "", ""].join("\r\n");
const message = (...lines: string[]) => head("POST /v1/messages", `Content-Length: ${BODY.length}`, ...lines) + BODY;
const chunked = (...lines: string[]) =>
  `${head("POST /v1/messages", "Transfer-Encoding: chunked", ...lines)}${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;
const statuses = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));

describe("T4a: a message behind a refusal", () => {
  const refused: [string, () => string, number][] = [
    ["files with an unknown key", () => head("GET /v1/files/x", UNKNOWN), 401],
    ["models with an unknown key", () => head("GET /v1/models", UNKNOWN), 401],
    ["a message with an unknown key", () => message(UNKNOWN), 401],
    ["a message in chunks with an unknown key", () => chunked(UNKNOWN), 401],
    ["an expectation that is not supported", () => message("Expect: 200-ok"), 400],
    ["a method that the metrics do not have", () => head("DELETE /metrics"), 405],
    ["a method that the stream does not have", () => head("POST /api/stream"), 405],
    ["a method that the figures do not have", () => head("POST /api/overrides/stats"), 405],
    ["a page for programs", () => head("GET /nope", "anthropic-version: 1"), 404],
    ["a WebSocket that is not there", () => head("GET /x", "Connection: Upgrade", "Upgrade: websocket"), 404],
    ["what asks for the end of the connection", () => head("GET /livez", "Connection: close"), 200],
  ];
  it.each(refused)("goes nowhere, sent in one write: %s", async (_, text, status) => {
    for (const behind of [message(), head("GET /v1/files/y"), head("GET /api/keys"), message("Upgrade: h2c")]) {
      for (let round = 0; round < 3; round++) {
        const answer = await raw(proxy.port, text() + behind);
        expect(statuses(answer), behind).toEqual([status]);
      }
    }
    expect(upstream.arrived.length + consoleServer.arrived.length).toBe(0);
  });

  it.each(refused)("goes nowhere, sent when the refusal has come: %s", async (_, text, status) => {
    let seen = "";
    let isClosed = false;
    const socket = connect({ port: proxy.port, host: "127.0.0.1", allowHalfOpen: true }, () => socket.write(text()));
    socket.on("error", () => {});
    socket.on("data", (part) => {
      seen += part;
    });
    socket.on("end", () => {
      isClosed = true;
    });
    await until(() => isClosed);
    socket.write(message());
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();

    expect(statuses(seen)).toEqual([status]);
    expect(upstream.arrived).toHaveLength(0);
  });
});

describe("requests sent ahead on one connection", () => {
  it("are all answered, in their order, however many they are", async () => {
    const many = head("GET /livez").repeat(3_000);
    expect(statuses(await raw(proxy.port, many, 1_500))).toEqual(Array(3_000).fill(200));
  });

  it("begin one after the other", async () => {
    let under = 0;
    let most = 0;
    upstream.answer = (response, arrived, request) => {
      most = Math.max(most, ++under);
      setTimeout(() => {
        under--;
        answerJson(response, arrived, request);
      }, 20);
    };
    const text = await raw(proxy.port, head("GET /v1/files/a").repeat(5) + chunked());

    expect(statuses(text)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(most).toBe(1);
  });

  it("are followed by the refusal of what cannot be read, not cut by it", async () => {
    upstream.answer = (response) => {
      response.writeHead(200, { "content-type": "application/octet-stream" }).write("first ");
      setTimeout(() => response.end("last"), 100);
    };
    const text = await raw(proxy.port, `${head("GET /v1/files/a")}NO HTTP\r\n\r\n`);

    expect(statuses(text)).toEqual([200, 400]);
    expect(text.indexOf("last")).toBeLessThan(text.indexOf("HTTP/1.1 400"));
  });
});
