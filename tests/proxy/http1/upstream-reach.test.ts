import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createSecureServer, type Server } from "node:https";
import { type AddressInfo, createServer as createPlainServer, type Server as TcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "#tests/support/free-port.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES, type ProxyProcess, removeData, startProxy, until } from "#tests/support/proxy-process.ts";
import { answerJson, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const BODY = '{"model":"claude-sonnet-5-5"}';
const ask = (url: string, path = "/v1/messages") => fetch(url + path, { method: "POST", body: BODY });
const readMessage = async (answer: Response) =>
  ((await answer.json()) as { error: { type: string; message: string } }).error.message;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function proxyTo(upstreamUrl: string, connectMs = 5_000): Promise<ProxyInProcess> {
  const timeouts = { connectMs, firstByteMs: 20_000, idleMs: 20_000 };
  const proxy = await startProxyInProcess({ upstreamUrl, rules: NO_RULES, timeouts });
  cleanups.push(() => proxy.end());
  return proxy;
}

describe("a provider that refuses connections", () => {
  it("is a retryable 503, opens the breaker after five in a row, and recovers within seconds", async () => {
    const port = await freePort();
    const proxy = await proxyTo(`http://127.0.0.1:${port}`);
    const first = await ask(proxy.url);
    expect(first.status).toBe(503);
    expect(await readMessage(first)).toBe(
      "The model provider could not be reached: its address refuses connections (ECONNREFUSED).",
    );
    expect((await ask(proxy.url, "/v1/files")).status).toBe(503);
    await until(async () => {
      await ask(proxy.url);
      return proxy.server.context.breaker.isOpen;
    });

    // Now a listener exists and would see every connection.
    const upstream = await startScriptedUpstream(answerJson, port);
    cleanups.push(() => upstream.close());
    for (const path of ["/v1/messages", "/v1/files"]) {
      const refused = await ask(proxy.url, path);
      if (refused.status === 200) break; // a machine so slow that it was time to look again
      expect(refused.status).toBe(503);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
      expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(5);
      expect(await readMessage(refused)).toContain("looks again every few seconds");
      expect(upstream.arrived).toHaveLength(0);
    }
    await until(async () => (await ask(proxy.url)).status === 200);

    expect(proxy.server.context.breaker).toMatchObject({ isOpen: false, opened: 1 });
    expect((await ask(proxy.url, "/v1/files")).status).toBe(200);
  });
});

describe("a reachable provider", () => {
  it("never opens the breaker, for any response", async () => {
    const upstream = await startScriptedUpstream();
    cleanups.push(() => upstream.close());
    const proxy = await proxyTo(upstream.url);
    for (const status of [400, 401, 404, 429, 500, 503, 529]) {
      upstream.answer = (response) => response.writeHead(status, { connection: "close" }).end("{}");
      for (let i = 0; i < 3; i++) expect((await ask(proxy.url)).status).toBe(status);
    }
    upstream.answer = (response) => response.destroy();
    for (let i = 0; i < 6; i++) expect((await ask(proxy.url)).status).toBe(502);

    expect(proxy.server.context.breaker).toMatchObject({ isOpen: false, opened: 0 });
    expect(upstream.arrived).toHaveLength(27);
  });
});

describe("a provider that accepts no connection", () => {
  it("is abandoned after the connect timeout, once, with nothing sent", async () => {
    const silent: TcpServer = createPlainServer((socket) => {
      socket.on("error", () => {});
      connections++;
    });
    let connections = 0;
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    cleanups.push(() => silent.close());
    const proxy = await proxyTo(`https://127.0.0.1:${(silent.address() as AddressInfo).port}`, 150);

    for (const path of ["/v1/messages", "/v1/files"]) {
      const answer = await ask(proxy.url, path);
      expect(answer.status).toBe(503);
      expect(await readMessage(answer)).toContain("connecting took too long");
    }
    expect(connections).toBe(2);
  });
});

describe("a provider whose name does not resolve", () => {
  it("is a 502 that says so, at every endpoint", async () => {
    const proxy = await proxyTo("https://provider.invalid");
    for (const path of ["/v1/messages", "/v1/files"]) {
      const answer = await ask(proxy.url, path);
      expect(answer.status).toBe(502);
      expect(await readMessage(answer)).toMatch(/its name cannot be resolved.* \((ENOTFOUND|EAI_AGAIN)\)\.$/);
    }
  });
});

describe("T18: a provider with an untrusted certificate", () => {
  let folder: string;
  let server: Server;
  let proxy: ProxyProcess;
  let served = 0;

  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const key = (name: string) => [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-keyout",
    `${name}.key`,
  ];
  /** A certificate of our own authority; with `days` below 0 it ended before it began. */
  function certificate(name: string, host: string, days = 2): void {
    openssl(
      "req",
      ...key(name),
      "-subj",
      `/CN=${host}`,
      "-addext",
      `subjectAltName=DNS:${host}`,
      "-out",
      `${name}.csr`,
    );
    const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-copy_extensions", "copy"];
    openssl("x509", "-req", "-in", `${name}.csr`, ...signed, "-days", String(days), "-out", `${name}.pem`);
  }
  const readContext = (name: string) => ({
    cert: readFileSync(join(folder, `${name}.pem`)),
    key: readFileSync(join(folder, `${name}.key`)),
  });
  /** From now on the provider shows this certificate, to new connections and to old ones. */
  const show = (name: string) => {
    server.setSecureContext(readContext(name));
    server.closeAllConnections();
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "cco-tls-"));
    openssl("req", "-x509", ...key("ca"), "-subj", "/CN=Test authority", "-days", "2", "-out", "ca.pem");
    openssl(
      "req",
      "-x509",
      ...key("alone"),
      "-subj",
      "/CN=localhost",
      "-addext",
      "subjectAltName=DNS:localhost",
      "-days",
      "2",
      "-out",
      "alone.pem",
    );
    certificate("good", "localhost");
    certificate("expired", "localhost", -1);
    certificate("elsewhere", "elsewhere.example");
    server = createSecureServer(readContext("good"), (request, response) => {
      served++;
      request.resume();
      request.on("end", () => response.writeHead(200, { "content-type": "application/json" }).end("{}"));
    });
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
    const { port } = server.address() as AddressInfo;
    const env = { NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"), ANTHROPIC_API_KEY: "sk-ant-never-in-plain" };
    proxy = await startProxy({ upstreamUrl: `https://localhost:${port}`, env });
  });
  afterAll(async () => {
    await proxy?.stop();
    server?.close();
    if (proxy) removeData(proxy);
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ["expired", "its certificate has expired (CERT_HAS_EXPIRED)"],
    ["alone", "its certificate is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT)"],
    ["elsewhere", "its certificate is for another name (ERR_TLS_CERT_ALTNAME_INVALID)"],
  ])(
    "that is %s is a 502 that names the class, sends nothing, and recovers at the next valid one",
    async (name, text) => {
      show(name);
      served = 0;
      for (const path of ["/v1/messages", "/v1/files"]) {
        const answer = await ask(proxy.url, path);
        expect(answer.status).toBe(502);
        expect(await readMessage(answer)).toBe(`The model provider could not be reached: ${text}.`);
      }
      expect(served).toBe(0);

      show("good");
      expect((await ask(proxy.url)).status).toBe(200);
      expect((await ask(proxy.url, "/v1/files")).status).toBe(200);
    },
  );

  it("is used again within seconds of the fix", async () => {
    show("expired");
    await until(async () => (await ask(proxy.url)).status === 503);
    show("good");

    await until(async () => (await ask(proxy.url)).status === 200);
    await until(() => proxy.output().includes("the model provider can be reached again"));
    expect(proxy.output()).not.toContain("sk-ant-never-in-plain");
  });
});
