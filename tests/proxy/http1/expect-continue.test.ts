import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES } from "#tests/support/proxy-process.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const BODY = '{"model":"claude-opus-5-5","max_tokens":1,"messages":[]}';
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

let upstream: ScriptedUpstream;
let open: ProxyInProcess;
let locked: ProxyInProcess;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  open = await startProxyInProcess({ upstreamUrl: upstream.url, rules: NO_RULES });
  locked = await startProxyInProcess({
    upstreamUrl: upstream.url,
    rules: NO_RULES,
    env: { CCO_REQUIRE_KEY: "1" },
  });
});

afterAll(async () => {
  await open?.end();
  await locked?.end();
  await upstream?.close();
});

beforeEach(() => {
  upstream.arrived.length = 0;
});

/** Sends a head, and the body once 100 is read; resolves with all that came when the connection ends. */
function ask({ port }: ProxyInProcess, path: string, length = BODY.length): Promise<string> {
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    "Connection: close",
    "Content-Type: application/json",
    `Content-Length: ${length}`,
    "Expect: 100-continue",
  ];
  return new Promise((resolve, reject) => {
    let got = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(`${head.join("\r\n")}\r\n\r\n`));
    socket.on("data", (part) => {
      got += part.toString("latin1");
      if (got === CONTINUE) socket.write(BODY);
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(got));
  });
}

it.each(["/v1/messages", "/v1/messages/count_tokens", "/v1/files"])(
  "asks for an expected body of %s once",
  async (path) => {
    const got = await ask(open, path);

    expect(got.startsWith(`${CONTINUE}HTTP/1.1 200 OK\r\n`), got).toBe(true);
    expect(got.split(CONTINUE)).toHaveLength(2);
    expect(upstream.arrived.map(({ body }) => body.toString())).toEqual([BODY]);
  },
);

it.each(["/v1/messages", "/v1/messages/count_tokens", "/v1/files"])(
  "refuses a caller without a key before the body of %s",
  async (path) => {
    const got = await ask(locked, path);

    expect(got).toMatch(/^HTTP\/1\.1 401 /);
    expect(upstream.arrived).toEqual([]);
  },
);

it("refuses a body that is announced as too large without asking for it", async () => {
  const got = await ask(open, "/v1/messages", 10 ** 12);

  expect(got).toMatch(/^HTTP\/1\.1 413 /);
});
