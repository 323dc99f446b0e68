import { createServer, type Socket } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anyCharacter } from "#tests/support/any-character.ts";
import { clearAway, ONE_RULE, type ProxyProcess, raw, startProxy } from "#tests/support/proxy-process.ts";

/** Provider or console that answers with given bytes. */
interface RawUpstream {
  url: string;
  answer: string;
  /** Number of request bytes to read first. */
  afterBytes: number;
  close(): void;
}

async function startRawUpstream(): Promise<RawUpstream> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    let bytes = 0;
    socket.on("data", (part) => {
      bytes += part.length;
      if (bytes >= upstream.afterBytes) socket.end(Buffer.from(upstream.answer, "latin1"));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const upstream: RawUpstream = {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    answer: "",
    afterBytes: 0,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
  return upstream;
}

let upstream: RawUpstream;
let consoleServer: RawUpstream;
let proxy: ProxyProcess;

beforeAll(async () => {
  upstream = await startRawUpstream();
  consoleServer = await startRawUpstream();
  const env = { CCO_CONSOLE_URL: consoleServer.url };
  proxy = await startProxy({ upstreamUrl: upstream.url, rules: ONE_RULE, env });
});
afterAll(async () => {
  await clearAway(proxy);
  upstream.close();
  consoleServer.close();
});

const BODY = '{"model":"claude-opus-5-5","max_tokens":1,"messages":[]}';
const CARRIERS = [
  ["POST", "/v1/messages"],
  ["POST", "/v1/messages/count_tokens"],
  ["POST", "/v1/messages/batches"],
  ["GET", "/v1/messages/batches/b"],
  ["GET", "/v1/files/abc"],
  ["HEAD", "/v1/files/abc"],
  ["DELETE", "/v1/files/abc"],
  ["POST", "/v1/files"],
  ["GET", "/v1/models/m"],
  ["GET", "/rules"],
  ["POST", "/api/session"],
] as const;

async function ask(method: string, path: string, answer: string) {
  upstream.answer = answer;
  consoleServer.answer = answer;
  const body = method === "POST" ? BODY : "";
  const length = method === "POST" ? `content-length: ${body.length}\r\ncontent-type: application/json\r\n` : "";
  const key = path.startsWith("/v1/") ? "x-api-key: sk-own\r\n" : "accept: text/html\r\n";
  const head = `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1:${proxy.port}\r\nconnection: close\r\n${key}${length}\r\n`;
  const text = await raw(proxy.port, head + body, 5_000);
  return { line: text.slice(0, text.indexOf("\r\n")), text };
}

const OK = "content-type: application/json\r\ncontent-length: 2\r\n\r\n{}";

describe("T6a: an answer that no reader can use", () => {
  it.each([
    ["a status of zero", `HTTP/1.1 000 X\r\n${OK}`],
    ["a status below 100", `HTTP/1.1 099 X\r\n${OK}`],
    ["a status above 599", `HTTP/1.1 999 X\r\n${OK}`],
    ["a status of four digits", `HTTP/1.1 2000 X\r\n${OK}`],
    ["a change of protocol", "HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n"],
    ["a change of protocol without a word of which", "HTTP/1.1 101 Switching Protocols\r\n\r\n"],
    ["a control byte in a header", `HTTP/1.1 200 OK\r\nx-a: a\x01b\r\n${OK}`],
    ["a header without a name", `HTTP/1.1 200 OK\r\n: b\r\n${OK}`],
    ["a header name with a space", `HTTP/1.1 200 OK\r\nx a: b\r\n${OK}`],
    ["no HTTP", "SSH-2.0-x\r\n\r\n"],
    ["nothing", ""],
  ])("becomes an error of ours on every carrier at once: %s", async (_, answer) => {
    for (const [method, path] of CARRIERS) {
      const { line, text } = await ask(method, path, answer);
      const isConsole = !path.startsWith("/v1/");

      expect(line, `${method} ${path}`).toBe(
        isConsole ? "HTTP/1.1 503 Service Unavailable" : "HTTP/1.1 502 Bad Gateway",
      );
      if (method !== "HEAD" && !isConsole) expect(text, `${method} ${path}`).toContain('"type":"error"');
    }
    expect(proxy.isAlive()).toBe(true);
  });

  it.each([
    ["a control byte", "O\x01K"],
    ["bytes beyond ASCII", "\xe2\x9c\x93"],
    ["a custom reason phrase", "Everything is fine"],
    ["none", ""],
  ])("in its reason phrase alone is passed on with ours: %s", async (_, reason) => {
    for (const [method, path] of CARRIERS) {
      const { line } = await ask(method, path, `HTTP/1.1 200 ${reason}\r\n${OK}`);
      // Our own reader takes no control byte anywhere.
      const isRead = !reason.includes("\x01") || !/messages$|count_tokens|models/.test(path);

      expect(line, `${method} ${path}`).toBe(isRead ? "HTTP/1.1 200 OK" : "HTTP/1.1 502 Bad Gateway");
    }
  });

  it("never names a status of ours with the provider's words", async () => {
    const redirect = "HTTP/1.1 307 OK\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n";
    expect((await ask("GET", "/v1/files/abc", redirect)).line).toBe("HTTP/1.1 502 Bad Gateway");
  });

  it("that comes behind a refusal of ours is not appended to it", async () => {
    upstream.afterBytes = 32 * 1024 * 1024;
    upstream.answer = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nHELLO";
    const chunk = "x".repeat(1024 * 1024);
    const head = `POST /v1/other HTTP/1.1\r\nhost: 127.0.0.1:${proxy.port}\r\nx-api-key: k\r\ntransfer-encoding: chunked\r\n\r\n`;
    const text = await raw(proxy.port, head + `${chunk.length.toString(16)}\r\n${chunk}\r\n`.repeat(33), 5_000);
    upstream.afterBytes = 0;

    expect(text.slice(0, 12)).toBe("HTTP/1.1 413");
    expect(text).not.toContain("HELLO");
    expect(text.split("HTTP/1.1 ")).toHaveLength(2);
  });

  it("of any bytes at all is answered or broken off, and the same process goes on", async () => {
    const line = fc
      .tuple(
        fc.constantFrom("HTTP/1.1 ", "HTTP/1.0 "),
        fc.integer({ min: 0, max: 1100 }),
        fc.string({ unit: anyCharacter }),
      )
      .map(([version, status, reason]) => `${version}${String(status).padStart(3, "0")} ${reason}`);
    const name = fc.oneof(
      fc.constantFrom("connection", "content-length", "transfer-encoding", "trailer", "upgrade", "set-cookie", "date"),
      fc.constantFrom("__proto__", "constructor", "keep-alive", "content-encoding", "content-type", "expect"),
      fc.string({ unit: "binary-ascii", maxLength: 8 }),
    );
    const value = fc.oneof(
      fc.constantFrom("close", "chunked", "gzip", "5", "-1", "", "x-a", "text/event-stream", "h2c"),
      fc.string({ unit: anyCharacter, maxLength: 12 }),
    );
    const headers = fc.array(fc.tuple(name, value), { maxLength: 5 });
    const body = fc.string({ unit: anyCharacter, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(line, headers, body, fc.constantFrom(...CARRIERS), async (first, fields, rest, carrier) => {
        const head = [first, ...fields.map(([n, v]) => `${n}: ${v}`)].join("\r\n");
        const { line: got, text } = await ask(carrier[0], carrier[1], `${head}\r\n\r\n${rest}`);

        expect(text === "" || /^HTTP\/1\.1 [2-5]\d\d [A-Za-z' -]+$/.test(got), got).toBe(true);
        expect(proxy.isAlive()).toBe(true);
      }),
      { numRuns: 400 },
    );
    expect(proxy.output()).not.toContain("failed on our side");
  });
});
