import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { LedgerNews } from "#proxy/ledger/client/ledger-news.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES, until } from "#tests/support/proxy-process.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

/** What the thread beside the database says, by hand. */
const news = new LedgerNews();
const say = (text: string | null, isAway = true) => news.apply({ kind: "problem", text, isAway, sinceMs: Date.now() });
/** What the database is found to be when it is looked at. */
let onLook: () => void = () => {};

let consoleServer: ScriptedUpstream;
let proxy: ProxyInProcess;
beforeAll(async () => {
  consoleServer = await startScriptedUpstream((response, { url }) => {
    if (url.startsWith("/hangs") || url.startsWith("/api/hangs")) return;
    const isApi = url.startsWith("/api/");
    const status = url.includes("fails") ? 500 : 200;
    response.writeHead(status, "Console Says So", {
      "content-type": isApi ? "application/json" : "text/html",
      "x-from": "console",
    });
    response.write(isApi ? '{"code":"INTERNAL_ERROR"' : "<title>Overview · CCO</title>");
    setTimeout(() => response.end(isApi ? "}" : "<p>the rest"), 50);
  });
  proxy = await startProxyInProcess({
    upstreamUrl: consoleServer.url,
    rules: NO_RULES,
    env: { CCO_CONSOLE_URL: consoleServer.url },
    ledger: {
      outage: news.outage,
      onOutage: news.onOutage,
      problem: news.problem,
      lookAgain: async () => {
        await wait(20);
        onLook();
      },
    },
  });
});
beforeEach(() => {
  say(null);
  onLook = () => {};
  consoleServer.arrived.length = 0;
});
afterAll(async () => {
  await proxy.end();
  await consoleServer.close();
});

const page = async (path: string) => {
  const answer = await fetch(proxy.url + path, { headers: { accept: "text/html" } });
  return {
    status: answer.status,
    reason: answer.statusText,
    from: answer.headers.get("x-from"),
    text: await answer.text(),
  };
};

it("answers a page that waits for the console with what is away, as soon as the database is found to be away", async () => {
  const [html, api] = [page("/hangs"), page("/api/hangs")];
  await until(() => consoleServer.arrived.length === 2);
  say("The database has not answered for 5 seconds.");

  expect(await html).toMatchObject({ status: 503, text: expect.stringContaining("The database is unavailable") });
  const { status, text } = await api;
  expect([status, JSON.parse(text).code]).toEqual([503, "SERVICE_UNAVAILABLE"]);
  await until(() => consoleServer.arrived.every(({ isAborted }) => isAborted));
});

it.each(["/fails", "/api/fails"])(
  "replaces a failure of the console on %s when the database turns out to be away",
  async (path) => {
    onLook = () => say("connect ECONNREFUSED");
    const answer = await page(path);

    expect(answer).toMatchObject({ status: 503, reason: "Service Unavailable", from: null });
    expect(answer.text).toContain("The database is unavailable");
    expect(answer.text).not.toContain("Overview");
  },
);

it("passes a failure of the console on, whole but for its reason phrase, while the database is there", async () => {
  const expected = { status: 500, reason: "Internal Server Error", from: "console" };
  expect(await page("/fails")).toEqual({ ...expected, text: "<title>Overview · CCO</title><p>the rest" });
  expect(await page("/api/fails")).toEqual({ ...expected, text: '{"code":"INTERNAL_ERROR"}' });
});

it("leaves those alone who wait for the console while the database only takes no records", async () => {
  const html = page("/hangs");
  await until(() => consoleServer.arrived.length === 1);
  say("The database cannot be written: database is locked", false);
  await wait(100);
  say("connect ECONNREFUSED");

  expect((await html).status).toBe(503);
  expect((await page("/_next/static/a.js")).status).toBe(200);
});

it.each(["/errors", "/errors/database.away", "/_next/static/a.js"])(
  "passes %s to the console while the database is away",
  async (path) => {
    say("connect ECONNREFUSED");

    expect(await page(path)).toMatchObject({ status: 200, from: "console" });
    expect((await page("/errorsome")).status).toBe(503);
  },
);

it("T23: names the reason to callers on this machine, and not to one whom a front proxy asks for", async () => {
  say("connect ECONNREFUSED 10.0.0.7:5432");
  const asked = (headers: Record<string, string>) =>
    fetch(`${proxy.url}/activity`, { headers: { accept: "text/html", ...headers } }).then((answer) => answer.text());

  expect(await asked({})).toContain("ECONNREFUSED 10.0.0.7:5432");
  expect(await asked({ "x-forwarded-for": "203.0.113.9" })).not.toContain("10.0.0.7");
  expect(await asked({ "x-client": "203.0.113.9:5123" })).not.toContain("10.0.0.7");
});
