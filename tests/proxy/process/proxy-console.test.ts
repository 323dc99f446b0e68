// Long because what passes to the console is tried on one proxy in front of one console.

import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { Scope } from "#core/access/scopes.ts";
import { NO_PURGES } from "#core/cache/purges.ts";
import type { ControlState } from "#proxy/ledger/client/ledger-client.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES, raw } from "#tests/support/proxy-process.ts";
import { answerJson, type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const TOKEN = "ccoat_reader";
const buildToken = (secret: string, role: string, scopes: Scope[], expiresAtMs = Number.MAX_SAFE_INTEGER) => ({
  ...{ id: `tok_${secret}`, name: `Token of ${role}`, personId: "per_1" },
  ...{ tokenHash: createHash("sha256").update(secret).digest("hex"), role, scopes, expiresAtMs },
});
const STATE: ControlState = {
  cachePurges: NO_PURGES,
  prices: null,
  draftHeaders: [],
  revision: 1,
  rules: null,
  proxyKeys: [],
  holderLimits: [],
  budgetRaises: [],
  accessTokens: [
    buildToken(TOKEN, "viewer", ["read"]),
    buildToken("ccoat_old", "viewer", ["read"], 1),
    buildToken("ccoat_rules", "owner", ["rules"]),
    buildToken("ccoat_cache", "owner", ["read", "cache"]),
    buildToken("ccoat_small", "editor", ["read", "cache"]),
    buildToken("ccoat_dev", "developer", ["read"]),
  ],
  settings: { organisation: "", reportingZone: "UTC", rulesFileHash: null },
  hasPeople: true,
};

/** Whether the person of one of the sessions is still signed in. */
let isStaying = true;

let upstream: ScriptedUpstream;
let consoleServer: ScriptedUpstream;
let local: ProxyInProcess;
let remote: ProxyInProcess;

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerJson);
  consoleServer = await startScriptedUpstream((response, { headers, url }) => {
    if (url !== "/api/session")
      return response.writeHead(200, { "content-type": "text/html", "x-from": "console" }).end("<p>page</p>");
    const isSignedIn =
      headers.cookie === "cco.session=good" || (headers.cookie?.startsWith("cco.session=leaving") && isStaying);
    response.writeHead(isSignedIn ? 200 : 401, { "content-type": "application/json" });
    response.end(isSignedIn ? '{"person":{"id":"per_1"},"role":"admin"}' : "{}");
  });
  const common = { upstreamUrl: upstream.url, rules: NO_RULES, state: STATE };
  local = await startProxyInProcess({ ...common, env: { CCO_CONSOLE_URL: consoleServer.url } });
  remote = await startProxyInProcess({
    ...common,
    env: { CCO_CONSOLE_URL: consoleServer.url, CCO_HOST: "0.0.0.0", CCO_METRICS_TOKEN: "scrape" },
  });
});

afterAll(async () => {
  for (const proxy of [local, remote]) await proxy.end();
  for (const server of [upstream, consoleServer]) await server.close();
});

describe("the proxy in front of the console", () => {
  it("forwards pages with its own forwarding headers only", async () => {
    consoleServer.arrived.length = 0;
    const answer = await fetch(`${local.url}/rules?x=1`, {
      headers: {
        cookie: "a=1",
        "x-forwarded-host": "evil.example",
        "x-forwarded-for": "6.6.6.6",
        "x-forwarded-proto": "https",
        forwarded: "host=evil",
        x_forwarded_host: "evil",
        "x-middleware-subrequest": "middleware",
      },
    });

    expect(await answer.text()).toBe("<p>page</p>");
    expect(answer.headers.get("x-from")).toBe("console");
    const [arrived] = consoleServer.arrived;
    expect(arrived?.url).toBe("/rules?x=1");
    expect(arrived?.headers).toMatchObject({
      cookie: "a=1",
      host: `127.0.0.1:${local.port}`,
      "x-forwarded-host": `127.0.0.1:${local.port}`,
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
    });
    for (const gone of ["forwarded", "x_forwarded_host", "x-middleware-subrequest"])
      expect(arrived?.headers[gone]).toBe(undefined);
  });

  it("shows an error page while the console is down, and JSON to scripts", async () => {
    const alone = await startProxyInProcess({
      upstreamUrl: upstream.url,
      rules: NO_RULES,
      env: { CCO_CONSOLE_URL: "http://127.0.0.1:9" },
    });
    const page = await fetch(alone.url, { headers: { accept: "text/html" } });
    const script = await fetch(`${alone.url}/api/team`, { headers: { accept: "text/html" } });

    expect(page.status).toBe(503);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await page.text()).toMatch(/The console is starting[\s\S]*|http-equiv="refresh"/);
    expect(script.status).toBe(503);
    expect(await script.json()).toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      error: expect.stringContaining("console"),
    });
    await alone.end();
  });

  it.each(["/invite/%E0%A4%A", "/reset/%ff", "/rules/versions/%", "/api/rules/versions/%zz?x=1"])(
    "T36: refuses %s, which cannot be decoded, with 400, before the console fails on it",
    async (path) => {
      consoleServer.arrived.length = 0;
      const answer = await raw(
        local.port,
        `GET ${path} HTTP/1.1\r\nHost: localhost:${local.port}\r\nConnection: close\r\n\r\n`,
      );

      expect(answer).toMatch(/^HTTP\/1\.1 400/);
      expect(answer).toContain("percent signs");
      expect(consoleServer.arrived).toHaveLength(0);
    },
  );

  it("forwards decodable paths, and any query", async () => {
    const answer = await fetch(`${local.url}/invite/a%20%C3%A9?next=%ff`);

    expect(answer.headers.get("x-from")).toBe("console");
  });

  it("never forwards an upgrade to the console", async () => {
    consoleServer.arrived.length = 0;
    const answer = await raw(
      local.port,
      `GET /_next/webpack-hmr HTTP/1.1\r\nHost: localhost:${local.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );

    expect(answer).toMatch(/^HTTP\/1\.1 404/);
    expect(consoleServer.arrived).toHaveLength(0);
  });

  it("refuses foreign pages at the terminal", async () => {
    const upgrade = (origin: string) =>
      `GET /terminal HTTP/1.1\r\nHost: localhost:${local.port}\r\nOrigin: ${origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`;

    expect(await raw(local.port, upgrade("https://evil.example"))).toMatch(/^HTTP\/1\.1 403/);
    expect(await raw(local.port, upgrade("null"))).toMatch(/^HTTP\/1\.1 403/);
    expect(await raw(local.port, upgrade(`http://localhost:${local.port}`))).toMatch(/^HTTP\/1\.1 101/);
  });
});

describe("statistics", () => {
  const paths = ["/api/overrides/stats", "/api/cache/stats", "/api/machine/stats", "/api/project/stats", "/metrics"];
  const status = async (proxy: ProxyInProcess, path: string, headers: Record<string, string> = {}) =>
    (await fetch(proxy.url + path, { headers })).status;

  it.each(paths)("T23: %s are open on this machine and closed elsewhere", async (path) => {
    expect(await status(local, path)).toBe(200);
    expect(await status(remote, path)).toBe(401);
    expect(await status(remote, path, { authorization: "Bearer wrong" })).toBe(401);
    expect(await status(remote, path, { authorization: "Bearer ccoat_old" })).toBe(401);
    expect(await status(remote, path, { cookie: "cco.session=bad" })).toBe(401);
    expect(await status(remote, path, { authorization: `Bearer ${TOKEN}` })).toBe(200);
    expect(await status(remote, path, { cookie: "cco.session=good" })).toBe(200);
    expect(await status(remote, path, { authorization: "Bearer ccoat_rules" })).toBe(403);
    expect(await status(remote, path, { authorization: "Bearer ccoat_dev" })).toBe(403);
  });

  it("T23: are closed on this machine where a name of others is served, and to a caller whom a front proxy asks for", async () => {
    const env = { CCO_CONSOLE_URL: consoleServer.url, CCO_ALLOWED_HOSTS: "cco.example.com" };
    const fronted = await startProxyInProcess({ upstreamUrl: upstream.url, rules: NO_RULES, state: STATE, env });
    onTestFinished(() => fronted.end());

    for (const path of [...paths, "/api/stream"]) {
      expect(await status(fronted, path), path).toBe(401);
      for (const name of ["x-forwarded-for", "x-real-ip", "forwarded", "via", "x-forwarded-proto", "cf-connecting-ip"])
        expect(await status(local, path, { [name]: "203.0.113.9" }), `${path} ${name}`).toBe(401);
    }
    const message = await fetch(`${fronted.url}/v1/messages`, { method: "POST", body: '{"model":"claude-opus-5-5"}' });
    expect(message.status).toBe(401);
  });

  it("T23: show anonymous remote callers only the contract's fields of health", async () => {
    const fields = async (proxy: ProxyInProcess, headers: Record<string, string> = {}) =>
      Object.keys((await (await fetch(`${proxy.url}/health`, { headers })).json()) as object);
    const contract = ["status", "uptime", "overrides_enabled", "override_rules", "cache_hits", "cache_misses"];

    expect(await fields(remote)).toEqual(contract);
    expect(await fields(remote, { authorization: "Bearer wrong" })).toEqual(contract);
    expect(await fields(remote, { authorization: "Bearer scrape" })).toEqual(contract);
    expect(await fields(remote, { authorization: "Bearer ccoat_rules" })).toEqual(contract);
    expect(await fields(remote, { authorization: "Bearer ccoat_dev" })).toEqual(contract);
    expect(await fields(remote, { authorization: `Bearer ${TOKEN}` })).toContain("instance");
    expect(await fields(local)).toContain("instance");
    for (const path of ["/livez", "/readyz"]) {
      expect(await (await fetch(remote.url + path)).json()).toEqual({ status: "ok" });
    }
  });

  it("T23: give the metrics token metrics and nothing else, and health to every caller", async () => {
    expect(await status(remote, "/metrics", { authorization: "Bearer scrape" })).toBe(200);
    expect(await status(remote, "/api/machine/stats", { authorization: "Bearer scrape" })).toBe(401);
    expect(await status(remote, "/health")).toBe(200);
  });
});

describe("an open connection", () => {
  beforeEach(() => {
    isStaying = true;
  });
  /** Separate session, whose response is not memoised yet. */
  const leaving = (name: string) => ({ cookie: `cco.session=leaving-${name}` });
  const staying = { cookie: "cco.session=good" };

  it("T31: ends within five seconds of its session, as an event stream, while another person's continues", async () => {
    const streams = await Promise.all(
      [leaving("stream"), staying].map(async (headers) => {
        const stop = new AbortController();
        const { status, body } = await fetch(`${remote.url}/api/stream`, { headers, signal: stop.signal });
        return { status, reader: body?.pipeThrough(new TextDecoderStream()).getReader(), stop };
      }),
    );
    expect(streams.map(({ status }) => status)).toEqual([200, 200]);
    // Longer than the answer about a session is remembered: the stream was asked again, and stayed.
    await new Promise((resolve) => setTimeout(resolve, 3_000));

    isStaying = false;
    const since = Date.now();
    let text = "";
    for (;;) {
      const next = await streams[0]?.reader?.read();
      if (!next || next.done) break;
      text += next.value;
    }

    expect(Date.now() - since).toBeLessThan(5_000);
    expect(text).toContain('event: error\ndata: {"message":"Sign in again to go on."}');
    const other = streams[1]?.reader;
    await other?.read();
    const outcome = await Promise.race([
      other?.read(),
      new Promise((resolve) => setTimeout(() => resolve("open"), 200)),
    ]);
    expect(outcome).toSatisfy((seen) => seen === "open" || (seen as { done: boolean }).done === false);
    for (const { stop } of streams) stop.abort();
  });

  it("T31: ends within five seconds of its session, as an idle terminal", async () => {
    const socket = new WebSocket(`${remote.url.replace("http", "ws")}/terminal`, { headers: leaving("terminal") });
    await new Promise((resolve, reject) => socket.on("open", resolve).on("error", reject));
    const code = new Promise<number>((resolve) => socket.on("close", resolve));

    isStaying = false;
    const since = Date.now();

    expect(await code).toBe(4401);
    expect(Date.now() - since).toBeLessThan(5_000);
  });
});

describe("the terminal on a loopback address", () => {
  const say = (command: string, headers: Record<string, string> = {}) =>
    new Promise<string>((resolve, reject) => {
      const socket = new WebSocket(`${local.url.replace("http", "ws")}/terminal`, { headers });
      socket.on("error", reject).on("open", () => socket.send(command));
      socket.on("message", (data) => {
        resolve((JSON.parse(String(data)) as { content: string }).content);
        socket.close();
      });
    });

  it("T32: is open for reading, and requires a sign-in or a token for changes", async () => {
    for (const command of ["help", "stats", "cache stats", "overrides"])
      expect(await say(command)).not.toMatch(/sign/i);

    for (const headers of [{}, { cookie: "cco.session=bad" }, { authorization: "Bearer ccoat_invented" }])
      expect(await say("cache clear", headers as Record<string, string>)).toMatch(/takes a sign-in/);
    expect(await say("cache clear", { authorization: `Bearer ${TOKEN}` })).toMatch(/Only owners and admins/);
    expect(await say("cache clear", { authorization: "Bearer ccoat_small" })).toMatch(/Only owners and admins/);
    expect(await say("cache clear", { authorization: "Bearer ccoat_rules" })).toMatch(/the scope “cache”/);
    expect(await say("cache clear", { authorization: "Bearer ccoat_cache" })).toMatch(/^Response cache cleared/);
    expect(await say("cache clear", { cookie: "cco.session=good" })).toMatch(/^Response cache cleared/);
  });
});
