import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES, until } from "#tests/support/proxy-process.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const BODY = '{"model":"claude-sonnet-5-5","stream":true,"messages":[]}';
const PIECE = `event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"text":"${"x".repeat(60_000)}"}}\n\n`;
const STALLED_MS = 700;
/** The reader shares its process with the proxy: a busy machine may keep both from running for a second. */
const PATIENT_MS = 5_000;

let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;
let socket: Socket;

/** An answer without an end, as fast as it is taken. */
beforeEach(async () => {
  upstream = await startScriptedUpstream((response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const more = () => {
      if (response.destroyed) return;
      while (response.write(PIECE));
      response.once("drain", more);
    };
    more();
  });
});
afterEach(async () => {
  socket.destroy();
  await proxy.end();
  await upstream.close();
});

/** Asks on the fast path, or with a head that Node's own parser has to read. */
async function ask(isPlain: boolean, stalledMs: number): Promise<void> {
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: NO_RULES, pingAfterMs: 100, stalledMs });
  socket = connect(proxy.port, "127.0.0.1");
  socket.on("error", () => {});
  const framing = isPlain
    ? `Content-Length: ${BODY.length}\r\n\r\n${BODY}`
    : `Transfer-Encoding: chunked\r\n\r\n${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;
  socket.write(`POST /v1/messages HTTP/1.1\r\nHost: localhost:${proxy.port}\r\n${framing}`);
  await new Promise((resolve) => socket.once("data", resolve));
}

describe.each([
  ["on the fast path", true],
  ["read by Node's parser", false],
])("T8: a caller %s", (_name, isPlain) => {
  it("that stops reading a response is cut off, and the provider with it", async () => {
    await ask(isPlain, STALLED_MS);
    socket.pause();

    await until(() => upstream.arrived[0]?.isAborted === true);
    await until(() => proxy.closed.length === 1);
    expect(proxy.closed[0]?.ended).toBe("cancelled");
  });

  it("that is slow but reads is served to the end", async () => {
    await ask(isPlain, PATIENT_MS);
    let taken = 0;
    socket.on("data", (bytes) => {
      taken += bytes.length;
      socket.pause();
      setTimeout(() => socket.resume(), 20);
    });
    const from = performance.now();
    await until(() => performance.now() - from > 1.5 * PATIENT_MS && taken > 0);

    expect(upstream.arrived[0]?.isAborted).toBe(false);
    expect(proxy.closed).toHaveLength(0);
  });
});
