import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONSOLE_BODY_BYTES_MAX } from "#core/console-body.ts";
import { consoleRoutes } from "#tests/support/console-routes.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES } from "#tests/support/proxy-process.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

/**
 * Stand-in for the console that answers at once and never reads a body. What is left of the body lies in front of the
 * next request of that connection.
 */
let standIn: Server;
let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;
let arrived: string[] = [];

beforeAll(async () => {
  standIn = createServer((request, response) => {
    arrived.push(`${request.method} ${request.url}`);
    // Node drains an untouched body and leaves alone one that is being read, as Next.js does.
    request.once("data", () => request.pause());
    const body = `answer to ${request.method} ${request.url}`;
    response.writeHead(200, { "content-type": "text/plain", "content-length": body.length });
    setTimeout(() => response.end(body), 5);
  });
  await new Promise<void>((resolve) => standIn.listen(0, "127.0.0.1", resolve));
  upstream = await startScriptedUpstream();
  const { port } = standIn.address() as AddressInfo;
  proxy = await startProxyInProcess({
    upstreamUrl: upstream.url,
    rules: NO_RULES,
    env: { CCO_CONSOLE_URL: `http://127.0.0.1:${port}` },
  });
});

afterAll(async () => {
  await proxy.end();
  await upstream.close();
  standIn.closeAllConnections();
  standIn.close();
});

/**
 * Sends bytes as they are and resolves with what came when the other side has closed. Null when it has not closed
 * within a minute.
 */
function closedAfter(head: string, body: string): Promise<string | null> {
  return new Promise((resolve) => {
    let got = "";
    const socket = connect(proxy.port, "127.0.0.1", () => socket.write(head + body));
    const timer = setTimeout(() => {
      socket.destroy();
      resolve(null);
    }, 60_000);
    socket.on("error", () => {});
    socket.on("data", (part) => {
      got += part.toString("latin1");
    });
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(got);
    });
  });
}

async function get(path: string): Promise<string> {
  // A blocked one hung for two minutes; a busy machine takes seconds.
  const answer = await fetch(`${proxy.url}${path}`, { signal: AbortSignal.timeout(30_000) });
  return answer.text();
}

/** A head like those of the console's pages: behind another one the body is not read. */
const head = (path: string, ...headers: string[]) =>
  [
    `POST ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${proxy.port}`,
    "Sec-Fetch-Site: same-origin",
    "Content-Type: application/json",
    ...headers,
    "",
    "",
  ].join("\r\n");
const OVER_LONG = "x".repeat(2 * CONSOLE_BODY_BYTES_MAX);
const LARGEST = "x".repeat(CONSOLE_BODY_BYTES_MAX);

describe("a body sent to the console", () => {
  it.each(consoleRoutes())("does not block the next request of another caller: %s", async (path) => {
    for (const body of [LARGEST, "x".repeat(300_000), "{}"]) {
      await closedAfter(head(path, `Content-Length: ${body.length}`, "Connection: close"), body);
      const answers = await Promise.all(["/rules", "/costs", "/team"].map(get));
      expect(answers).toEqual(["answer to GET /rules", "answer to GET /costs", "answer to GET /team"]);
    }
  });

  it.each(consoleRoutes())("is refused and never forwarded when a longer one is announced: %s", async (path) => {
    arrived = [];
    const answer = await closedAfter(head(path, `Content-Length: ${OVER_LONG.length}`), OVER_LONG);

    expect(answer, "the connection is closed").toMatch(/^HTTP\/1\.1 413 /);
    expect(answer?.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    expect(arrived).toEqual([]);
  });

  it.each(consoleRoutes())("is never forwarded when it turns out to be too long: %s", async (path) => {
    arrived = [];
    const chunk = `${OVER_LONG.length.toString(16)}\r\n${OVER_LONG}\r\n0\r\n\r\n`;
    const answer = await closedAfter(head(path, "Transfer-Encoding: chunked"), chunk);

    // No page looks at a body: there it is left unread, and the request goes on without it.
    const isRead = path.startsWith("/api/");
    expect(answer, "the connection is closed").toMatch(isRead ? /^HTTP\/1\.1 413 / : /^HTTP\/1\.1 200 /);
    expect(answer?.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    expect(arrived).toEqual(isRead ? [] : [`POST ${path}`]);
  });

  it("is forwarded to the console only when complete", async () => {
    arrived = [];
    const socket = connect(proxy.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(head("/api/reset", "Content-Length: 1000") + "x".repeat(999));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(arrived).toEqual([]);

    const answered = new Promise((resolve) => socket.once("data", resolve));
    socket.write("x");
    expect(String(await answered)).toContain("200 OK");
    expect(arrived).toEqual(["POST /api/reset"]);
    socket.destroy();
  });
});
