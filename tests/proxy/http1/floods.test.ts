import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES, until } from "#tests/support/proxy-process.ts";
import { answerJson, type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const BODY = '{"model":"claude-sonnet-5-5","max_tokens":1,"messages":[]}';

let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;
let sockets: Socket[];

beforeEach(async () => {
  sockets = [];
  upstream = await startScriptedUpstream(answerJson);
  proxy = await startProxyInProcess({
    upstreamUrl: upstream.url,
    rules: NO_RULES,
    callerWaits: { headMs: 600, requestMs: 1_200, keepAliveMs: 60_000 },
  });
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await proxy.end();
  await upstream.close();
});

interface Slow {
  text: string;
  isClosed: boolean;
}

/** Sends `begun`, then a byte now and then, for ever; nothing at all when nothing is begun. */
function slowly(begun: string): Slow {
  const slow: Slow = { text: "", isClosed: false };
  let drip: NodeJS.Timeout | undefined;
  const socket = connect(proxy.port, "127.0.0.1", () => {
    if (begun === "") return;
    socket.write(begun);
    drip = setInterval(() => socket.write("a"), 100);
  });
  socket.on("error", () => {});
  socket.on("data", (bytes) => {
    slow.text += bytes.toString("latin1");
  });
  socket.on("close", () => {
    clearInterval(drip);
    slow.isClosed = true;
  });
  sockets.push(socket);
  return slow;
}

const ask = () =>
  fetch(`${proxy.url}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": "sk-test" },
    body: BODY,
  });

const head = (line: string, ...more: string[]) => [line, `Host: 127.0.0.1:${proxy.port}`, ...more].join("\r\n");

describe.each([
  ["a message", () => head("POST /v1/messages HTTP/1.1", "X-Slow: ")],
  ["anything else", () => head("GET /livez HTTP/1.1", "X-Slow: ")],
  ["no key", () => ""],
])("T8: heads of %s that never end", (_name, begun) => {
  it("are answered with 408 after their timeout while other callers are served", async () => {
    const slow = Array.from({ length: 200 }, () => slowly(begun()));

    const answers = await Promise.all(Array.from({ length: 50 }, ask));

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    await until(() => slow.every(({ isClosed }) => isClosed));
    for (const { text } of slow) expect(text).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe.each([
  ["with a length", () => head("POST /v1/messages HTTP/1.1", "Content-Length: 5000", "", '{"a":"')],
  ["in chunks", () => head("POST /v1/messages HTTP/1.1", "Transfer-Encoding: chunked", "", 'fff\r\n{"a":"')],
])("T8: bodies %s that never end", (_name, begun) => {
  it("are ended by their timeout, and their memory is released", async () => {
    const slow = Array.from({ length: 100 }, () => slowly(begun()));
    await until(() => proxy.server.live.bodyBytesHeld > 0);

    const answers = await Promise.all(Array.from({ length: 50 }, ask));

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    await until(() => slow.every(({ isClosed }) => isClosed));
    await until(() => proxy.server.live.bodyBytesHeld === 0);
    expect(upstream.arrived).toHaveLength(50);
  });
});

it("T8: one address cannot occupy all connections, and others are served meanwhile", async () => {
  // Restart the proxy without the short wait for a head. When a busy machine opens connections slowly, the first would
  // end by that wait before the last are there.
  await proxy.end();
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: NO_RULES });
  const closed = new Set<Socket>();
  let seen = 0;
  proxy.server.http.on("connection", () => seen++);
  for (let n = 1; n <= 2_100; n++) {
    const socket = connect(proxy.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.on("close", () => closed.add(socket));
    sockets.push(socket);
    // No more at once than the operating system keeps for us.
    if (n % 100 === 0) await until(() => seen >= n);
  }
  await until(() => closed.size >= 2_100 - 2_048);

  const other = connect({ port: proxy.port, host: "127.0.0.1", localAddress: "127.0.0.2" });
  sockets.push(other);
  other.write(head("GET /livez HTTP/1.1", "", ""));
  const answer = await new Promise<string>((resolve) => other.once("data", (bytes) => resolve(bytes.toString())));

  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
});
