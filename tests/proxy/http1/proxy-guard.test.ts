// Long because it is one table of requests that two readers could read differently.

import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ProxyProcess, raw, removeData, startProxy } from "#tests/support/proxy-process.ts";
import { answerJson, type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

let upstream: ScriptedUpstream;
let proxy: ProxyProcess;
let canary: Server;
let canaryHits = 0;

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerJson);
  // Headers of front proxies are among what is sent, and nothing here has a key.
  proxy = await startProxy({ upstreamUrl: upstream.url, env: { CCO_REQUIRE_KEY: "0" } });
  canary = createServer((socket) => {
    canaryHits++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => canary.listen(0, "127.0.0.1", resolve));
});

afterAll(async () => {
  await proxy.stop();
  await upstream.close();
  canary.close();
  removeData(proxy);
});

const BODY = '{"model":"claude-opus-5-5","max_tokens":1,"messages":[]}';

/** A well-formed message with one line changed or added. */
function message({
  line = "POST /v1/messages HTTP/1.1",
  headers = [] as string[],
  host = `Host: 127.0.0.1:${proxy.port}`,
  body = BODY,
  length = `Content-Length: ${BODY.length}`,
} = {}): string {
  return [line, host, "Content-Type: application/json", length, ...headers, "", body]
    .filter((part, i) => part !== "" || i > 3)
    .join("\r\n");
}

const parseStatus = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);

const fillers = (count: number): string[] => Array.from({ length: count }, (_, i) => `X-Filler-${i}: 1`);

/** The same request with 200 header lines before its own: what a reader with a limit no longer looks at. */
const behindFillers = (bytes: string): string =>
  bytes.replace(/ HTTP\/1\.1\r?\n/, (line) => `${line}${fillers(200).join("\r\n")}\r\n`);

/** Requests whose body would become the next request of a connection to the upstream if its framing were not seen. */
function smuggling(): { name: string; bytes: string; lines: number }[] {
  const inner = `GET /v1/files/stolen HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\n\r\n`;
  const framings: [string, string, string][] = [
    ["Content-Length", `Content-Length: ${inner.length}`, inner],
    ["chunked", "Transfer-Encoding: chunked", `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`],
  ];
  return ["GET", "HEAD", "DELETE", "POST", "PUT", "PATCH"].flatMap((method) =>
    framings.flatMap(([framing, length, body]) =>
      ["/v1/files/file_1", "/v1/messages/batches/b", "/v1/models", "/v1/messages", "/rules"].flatMap((path) =>
        [198, 199, 200, 1_000].map((count) => {
          const head = [`${method} ${path} HTTP/1.1`, `Host: 127.0.0.1:${proxy.port}`, ...fillers(count), length];
          const name = `${method} ${path} with ${framing} behind ${count} lines`;
          return { name, bytes: [...head, "", body].join("\r\n"), lines: count + 2 };
        }),
      ),
    ),
  );
}

/** Requests that must be refused or cut off and never forwarded. */
function hostile(): [string, string][] {
  const to = `127.0.0.1:${(canary.address() as AddressInfo).port}`;
  const chunked = { length: "Transfer-Encoding: chunked", body: `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n` };
  return [
    ["absolute form", message({ line: `POST http://${to}/v1/messages HTTP/1.1` })],
    ["absolute form of ourselves", message({ line: `POST http://127.0.0.1:${proxy.port}/v1/messages HTTP/1.1` })],
    ["unclosed IPv6", message({ line: "GET http://[::1 HTTP/1.1" })],
    ["CONNECT", message({ line: `CONNECT ${to} HTTP/1.1` })],
    ["double slash", message({ line: `POST //${to}/v1/messages HTTP/1.1` })],
    ["slash backslash", message({ line: `POST /\\${to}/v1/messages HTTP/1.1` })],
    ["backslash", message({ line: "POST /v1\\messages HTTP/1.1" })],
    ["userinfo", message({ line: `POST http://a@${to}/v1/messages HTTP/1.1` })],
    ["asterisk", message({ line: "OPTIONS * HTTP/1.1" })],
    ["no slash", message({ line: "POST v1/messages HTTP/1.1" })],
    ["dot segments", message({ line: "POST /v1/../steal HTTP/1.1" })],
    ["encoded slash", message({ line: "POST /v1%2fmessages HTTP/1.1" })],
    ["encoded backslash", message({ line: "POST /v1%5Cmessages HTTP/1.1" })],
    ["encoded dot", message({ line: "POST /v1/%2e%2e/steal HTTP/1.1" })],
    ["encoded null", message({ line: "POST /v1/messages%00 HTTP/1.1" })],
    ["inner double slash", message({ line: "POST /v1//messages HTTP/1.1" })],
    ["fragment", message({ line: "POST /v1/messages#x HTTP/1.1" })],
    ["foreign host", message({ host: "Host: evil.example" })],
    ["foreign host on our port", message({ host: `Host: evil.example:${proxy.port}` })],
    ["other port", message({ host: "Host: 127.0.0.1:1" })],
    ["no port", message({ host: "Host: localhost" })],
    ["doubled host", message({ headers: ["Host: evil.example"] })],
    ["missing host", message({ host: "X-Nothing: 1" })],
    ["doubled content-length", message({ headers: [`Content-Length: ${BODY.length}`] })],
    ["contradicting content-length", message({ headers: ["Content-Length: 3"] })],
    ["signed content-length", message({ length: `Content-Length: +${BODY.length}` })],
    ["content-length list", message({ length: `Content-Length: ${BODY.length}, ${BODY.length}` })],
    ["both lengths", message({ headers: ["Transfer-Encoding: chunked"] })],
    ["TE identity", message({ ...chunked, length: "Transfer-Encoding: identity" })],
    ["TE gzip, chunked", message({ ...chunked, length: "Transfer-Encoding: gzip, chunked" })],
    ["TE with vertical tab", message({ ...chunked, length: "Transfer-Encoding: \x0bchunked" })],
    ["TE twice", message({ ...chunked, headers: ["Transfer-Encoding: chunked"] })],
    ["TE xchunked", message({ ...chunked, length: "Transfer-Encoding: xchunked" })],
    ["bad chunk size", message({ ...chunked, body: `zz\r\n${BODY}\r\n0\r\n\r\n` })],
    ["negative chunk size", message({ ...chunked, body: `-5\r\n${BODY}\r\n0\r\n\r\n` })],
    ["huge chunk size", message({ ...chunked, body: `ffffffffffffffffff\r\n${BODY}\r\n0\r\n\r\n` })],
    ["chunk without line end", message({ ...chunked, body: `5${BODY}` })],
    ["bare line feeds", message().replaceAll("\r\n", "\n")],
    ["null in header", message({ headers: ["X-A: a\0b"] })],
    ["space before colon", message({ headers: ["X-A : b"] })],
    ["folded header", message({ headers: ["X-A: b\r\n c"] })],
    ["doubled api key", message({ headers: ["x-api-key: a", "x-api-key: b"] })],
    ["doubled authorization", message({ headers: ["Authorization: Bearer a", "Authorization: Bearer b"] })],
    ["oversized header", message({ headers: [`X-A: ${"a".repeat(20_000)}`] })],
    ["oversized line", message({ line: `POST /${"a".repeat(20_000)} HTTP/1.1` })],
    ["gzip body", message({ headers: ["Content-Encoding: gzip"] })],
    ["double gzip body", message({ headers: ["Content-Encoding: gzip, gzip"] })],
    ["chunked DELETE", message({ ...chunked, line: "DELETE /v1/files/f HTTP/1.1" })],
    ["chunked GET", message({ ...chunked, line: "GET /v1/models HTTP/1.1" })],
    ["GET with a body", message({ line: "GET /v1/models HTTP/1.1" })],
    ["HEAD with a body", message({ line: "HEAD /v1/models HTTP/1.1" })],
    ["GET of the console with a body", message({ line: "GET /rules HTTP/1.1" })],
    ["201 header lines", message({ headers: fillers(201) })],
    ["TRACE", message({ line: "TRACE /v1/messages HTTP/1.1" })],
    ["unknown method", message({ line: "STEAL /v1/messages HTTP/1.1" })],
    ["web page", message({ headers: ["Origin: https://evil.example"] })],
    ["null origin", message({ headers: ["Origin: null"] })],
    ["cross-site fetch", message({ headers: ["Sec-Fetch-Site: cross-site"] })],
    ["HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["TLS hello", Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00]).toString("latin1")],
    ["nothing but noise", "\0\0\0\0\r\n\r\n"],
    [
      "upgrade to the console",
      message({
        line: "GET /x HTTP/1.1",
        headers: ["Connection: Upgrade", "Upgrade: websocket"],
        length: "X-B: 1",
        body: "",
      }),
    ],
    [
      "upgrade by absolute form",
      message({
        line: `GET http://${to}/x HTTP/1.1`,
        headers: ["Connection: Upgrade", "Upgrade: websocket"],
        length: "X-B: 1",
        body: "",
      }),
    ],
  ];
}

describe("the guard", () => {
  it("T2, T3, T4, T6: refuses every hostile request three times and keeps running", async () => {
    const before = upstream.arrived.length;
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(
        hostile().map(async ([name, bytes]) => [name, await raw(proxy.port, Buffer.from(bytes, "latin1"))] as const),
      );
      for (const [name, answer] of answers) {
        const status = parseStatus(answer);
        expect(status === 0 || (status >= 400 && status < 500), `${name}: ${answer.slice(0, 80)}`).toBe(true);
        expect(answer.split("HTTP/1.1 2").length, name).toBe(1);
      }
    }

    expect(proxy.isAlive()).toBe(true);
    expect(upstream.arrived.length).toBe(before);
    expect(canaryHits).toBe(0);
    expect(parseStatus(await raw(proxy.port, message()))).toBe(200);
  });

  it("refuses every hostile request behind 200 other header lines", async () => {
    const before = upstream.arrived.length;
    for (const [name, bytes] of hostile()) {
      const answer = await raw(proxy.port, Buffer.from(behindFillers(bytes), "latin1"), 50);
      const status = parseStatus(answer);
      expect(status === 0 || (status >= 400 && status < 500), `${name}: ${answer.slice(0, 80)}`).toBe(true);
      expect(answer.split("HTTP/1.1 ").length, name).toBeLessThanOrEqual(2);
    }
    expect(upstream.arrived.length).toBe(before);
    expect(parseStatus(await raw(proxy.port, message()))).toBe(200);
  });

  it("never forwards as a request a body whose framing is behind many header lines", async () => {
    upstream.arrived.length = 0;
    for (const { name, bytes, lines } of smuggling()) {
      const answer = await raw(proxy.port, bytes, 50);
      expect(answer.split("HTTP/1.1 ").length, name).toBe(2);
      if (lines <= 200) continue;
      expect(parseStatus(answer), name).toBe(431);
      expect(answer, name).toMatch(/\r\nconnection: close\r\n/i);
    }
    // Those with 200 lines may arrive, but as the one request they are.
    expect(upstream.arrived.filter(({ url, headers }) => /stolen/.test(url) || "x-filler-198" in headers)).toEqual([]);
  });

  it("closes the connection after every refusal, so that nothing follows on it", async () => {
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\n\r\n`;
    const refused = [
      ["a page that is not there", get("/none")],
      ["a method that is not allowed", message({ line: "PUT /v1/models HTTP/1.1" })],
      ["a body that is no JSON", message({ body: "x".repeat(BODY.length) })],
      ["a foreign host", message({ host: "Host: evil.example" })],
    ] as const;
    for (const [name, bytes] of refused) {
      const answer = await raw(proxy.port, bytes + get("/health"));
      expect(answer.split("HTTP/1.1 ").length, `${name}: ${answer}`).toBe(2);
      expect(answer, name).toMatch(/\r\nconnection: close\r\n/i);
    }
  });

  it("answers refusals in the shape of the endpoint", async () => {
    const model = await raw(proxy.port, message({ host: "Host: evil.example" }));
    const console = await raw(
      proxy.port,
      message({ line: "GET /api/machine/stats HTTP/1.1", host: "Host: evil.example", length: "X-A: 1", body: "" }),
    );

    expect(parseStatus(model)).toBe(421);
    expect(JSON.parse(model.split("\r\n\r\n")[1] ?? "")).toMatchObject({
      type: "error",
      error: { type: "invalid_request_error" },
    });
    expect(JSON.parse(console.split("\r\n\r\n")[1] ?? "")).toMatchObject({ code: "INVALID_REQUEST", details: {} });
  });

  it("T6: survives callers that reset at any moment", async () => {
    const { connect } = await import("node:net");
    for (let cut = 1; cut < 200; cut += 7) {
      const socket = connect(proxy.port, "127.0.0.1");
      socket.on("error", () => {});
      await new Promise((resolve) => socket.on("connect", resolve));
      socket.write(message().slice(0, cut), () => socket.resetAndDestroy());
      await new Promise((resolve) => socket.on("close", resolve));
    }

    expect(proxy.isAlive()).toBe(true);
    expect(parseStatus(await raw(proxy.port, message()))).toBe(200);
  });

  it("T5: forwards no hop-by-hop or CCO header in any spelling, and none is removable by being named", async () => {
    const HOP = ["Connection", "Keep-Alive", "TE", "Trailer", "Proxy-Authorization", "Proxy-Connection", "Upgrade"];
    const OURS = ["X-Cco-Project", "X-Cco-Key", "Cookie", "Forwarded", "X-Forwarded-For", "X-Real-IP", "Expect"];
    const KEPT = ["x-api-key", "anthropic-beta", "anthropic-version"];
    const spelt = fc
      .tuple(fc.constantFrom(...HOP, ...OURS), fc.boolean(), fc.constantFrom("", "lower", "upper"))
      .map(([name, isUnderscored, manner]) => {
        const text = isUnderscored ? name.replaceAll("-", "_") : name;
        return manner === "lower" ? text.toLowerCase() : manner === "upper" ? text.toUpperCase() : text;
      });
    const named = fc.subarray(["keep-alive", "x-mine", "X-API-KEY", "anthropic-beta", "Content-Length", "host"]);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(spelt, { maxLength: 5, selector: lower }), named, async (names, tokens) => {
        upstream.arrived.length = 0;
        const headers = [
          // What changes the framing or the protocol is refused as a whole; its own tests say so.
          ...names
            .filter((name) => !/^(te|trailer|upgrade|expect|connection)$/i.test(name))
            .map((name) => `${name}: 1`),
          `Connection: ${["keep-alive", ...tokens].join(", ")}`,
          "X-Mine: 1",
          ...KEPT.map((name) => `${name}: kept`),
        ];

        const answer = await raw(proxy.port, message({ headers }), 50);

        expect(parseStatus(answer), headers.join("\n")).toBe(200);
        const [arrived] = upstream.arrived;
        for (const name of KEPT) expect(arrived?.headers[name]).toBe("kept");
        expect(arrived?.headers["x-mine"]).toBe(tokens.includes("x-mine") ? undefined : "1");
        const sent = (arrived?.rawHeaders ?? []).filter((_, at) => at % 2 === 0).map(dashed);
        const gone = [...HOP, ...OURS].map(dashed).filter((name) => name !== "connection");
        expect(sent.filter((name) => gone.includes(name))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("T5: no name that a server may read as a credential, a header of the hop or one of CCO goes on, in any mixture", async () => {
    const names = ["x-api-key", "x-cco-key", "x-cco-project", "anthropic-beta", "anthropic-version", "x-forwarded-for"];
    const mixed = fc
      .tuple(
        fc.constantFrom(...names, "transfer-encoding", "content-length", "proxy-authorization", "x-real-ip"),
        fc.array(fc.constantFrom("-", "_", ".", "~"), { minLength: 2, maxLength: 2 }),
      )
      .map(([name, signs]) => name.split("-").reduce((text, part, at) => text + (signs[at - 1] ?? "_") + part))
      .filter((name) => /[_.~]/.test(name));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(mixed, { minLength: 1, maxLength: 4 }), async (spelt) => {
        upstream.arrived.length = 0;
        const headers = ["x-api-key: sk-own", "X_Mine: 1", ...spelt.map((name) => `${name}: 1`)];

        expect(parseStatus(await raw(proxy.port, message({ headers }), 50)), spelt.join()).toBe(200);
        const [arrived] = upstream.arrived;
        expect(Object.keys(arrived?.headers ?? {}).filter((name) => /[_.~]/.test(name))).toEqual(["x_mine"]);
        expect(arrived?.headers["x-api-key"]).toBe("sk-own");
      }),
      { numRuns: 60 },
    );
  });

  it("T4, T5: forwards exactly one request per request on a kept connection, with its own framing and hop headers", async () => {
    upstream.arrived.length = 0;
    const chunked = `${BODY.length.toString(16)};ext=1\r\n${BODY}\r\n0\r\nX-Trailer: 1\r\n\r\n`;
    const hops = [
      "Connection: keep-alive, x-secret-hop, x-api-key, content-length",
      "X-Secret-Hop: 1",
      "Keep-Alive: timeout=5",
      "TE: trailers",
      "Trailer: X-Trailer",
      "Proxy-Authorization: Basic x",
      "X-Forwarded-For: 6.6.6.6",
      "X_Forwarded_Host: evil",
      "Forwarded: for=6.6.6.6",
      "Cookie: session=1",
      "x-api-key: sk-own",
      "x-cco-project: shop",
      "anthropic-beta: a,b",
      "X-Unknown: stays",
    ];
    await raw(
      proxy.port,
      message({ headers: hops }) + message({ length: "Transfer-Encoding: chunked", body: chunked, headers: hops }),
    );

    expect(upstream.arrived).toHaveLength(2);
    for (const { body, headers, rawHeaders } of upstream.arrived) {
      expect(body.toString()).toBe(BODY);
      expect(headers).toMatchObject({
        "content-length": String(BODY.length),
        "x-api-key": "sk-own",
        "anthropic-beta": "a,b",
        "x-unknown": "stays",
        "accept-encoding": "identity",
        host: `127.0.0.1:${upstream.port}`,
      });
      const names = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
      for (const gone of [
        "transfer-encoding",
        "x-secret-hop",
        "keep-alive",
        "te",
        "trailer",
        "proxy-authorization",
        "x-forwarded-for",
        "x_forwarded_host",
        "forwarded",
        "cookie",
        "x-cco-project",
      ])
        expect(names).not.toContain(gone);
      expect(new Set(names).size).toBe(names.length);
    }
  });
});

const lower = (name: string) => name.toLowerCase();
/** Some servers read `_` as `-`. */
const dashed = (name: string) => lower(name).replaceAll("_", "-");
