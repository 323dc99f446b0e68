import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, chromium, expect, test } from "@playwright/test";
import { type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";
import { type Installation, startInstallation } from "./fixtures.ts";

/** A stranger's name that leads to this machine: by its owner's will, or since a moment ago. */
const STRANGER = "stranger.test";
const MESSAGE = '{"model":"claude-opus-5-5","max_tokens":1,"messages":[{"role":"user","content":"hi"}]}';

let upstream: ScriptedUpstream;
let cco: Installation;
let stop: () => Promise<void>;
let browser: Browser;
let strangers: Server;

test.beforeAll(async () => {
  upstream = await startScriptedUpstream();
  const started = await startInstallation({ env: { CCO_UPSTREAM_URL: upstream.url } });
  cco = started.installation;
  stop = started.stop;
  const { launchOptions = {} } = test.info().project.use;
  const args = [...(launchOptions.args ?? []), `--host-resolver-rules=MAP ${STRANGER} 127.0.0.1`];
  browser = await chromium.launch({ ...launchOptions, args });
  strangers = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end("<!doctype html><title>Come in</title>");
  });
  await new Promise<void>((resolve) => strangers.listen(0, "127.0.0.1", resolve));
});

test.afterAll(async () => {
  await browser?.close();
  await stop?.();
  strangers?.close();
  await upstream?.close();
});

const portOfCco = () => new URL(cco.url).port;

test("T3: a foreign host name reaches neither console, figures nor provider", async () => {
  const page = await browser.newPage();

  const answer = await page.goto(`http://${STRANGER}:${portOfCco()}/sign-in`);

  expect(answer?.status()).toBe(421);
  // Requests that a page of that name would make once its name leads here. All of it is of one origin to the browser.
  const statuses = await page.evaluate(async (message) => {
    const ask = (path: string, init?: RequestInit) =>
      fetch(path, init).then(
        ({ status }) => status,
        () => "blocked",
      );
    const headers = { "content-type": "application/json", "x-api-key": "sk-stolen" };
    return Promise.all([
      ...["/", "/health", "/metrics", "/api/machine/stats", "/v1/models"].map((path) => ask(path)),
      ask("/v1/messages", { method: "POST", headers, body: message }),
    ]);
  }, MESSAGE);
  for (const status of statuses) expect([421, "blocked"]).toContain(status);
  expect(upstream.arrived).toEqual([]);
  await page.close();
});

test("T3: a page of another site cannot send requests through CCO, though it can reach the address", async () => {
  const page = await browser.newPage();
  const { port } = strangers.address() as AddressInfo;
  await page.goto(`http://${STRANGER}:${port}/`);

  await page.evaluate(
    async ([url, message]) => {
      const plain = {
        method: "POST",
        mode: "no-cors" as const,
        headers: { "content-type": "text/plain" },
        body: message,
      };
      await fetch(`${url}/v1/messages`, plain).catch(() => {});
      await fetch(`${url}/v1/models`, { mode: "no-cors" }).catch(() => {});
      const form = document.createElement("form");
      form.method = "POST";
      form.action = `${url}/v1/messages`;
      form.enctype = "text/plain";
      document.body.append(form);
      form.submit();
    },
    [cco.url, MESSAGE] as const,
  );
  await page.waitForURL(`${cco.url}/v1/messages`);

  expect(await page.textContent("body")).toContain("permission_error");
  expect(upstream.arrived).toEqual([]);
  await page.close();
});

test("the own host name, requested by a program, is served and reaches the provider", async () => {
  const page = await browser.newPage();
  expect((await page.goto(`${cco.url}/sign-in`))?.status()).toBe(200);
  await page.close();

  const headers = { "content-type": "application/json", "x-api-key": "sk-own" };
  const answer = await fetch(`${cco.url}/v1/messages`, { method: "POST", headers, body: MESSAGE });

  expect(answer.status).toBe(200);
  expect(upstream.arrived).toHaveLength(1);
});
