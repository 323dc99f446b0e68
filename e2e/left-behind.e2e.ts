import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { call, type Installation, openPage, owner, rulesVersion, setUpOwner, startInstallation } from "./fixtures.ts";
import { asked, encodeRequest, mark, type Way, ways } from "./marked-requests.ts";

/**
 * T21: checks that no secret or prompt is left behind by any way a request can end. They are marked, sent through every
 * such way, and looked for afterwards in everything CCO printed, wrote, counted, listed, exported or showed.
 */
test.describe.configure({ mode: "serial" });

const operatorKey = `sk-ant-${mark}OPERATOR`;
const consoleSecret = `${mark}CONSOLESECRET-0123456789abcdef0123456789`;
const session = "5e551011-0000-4000-8000-00000000ca4a";

let cco: Installation;
let stop: () => Promise<void>;
let page: Page;
/** The secret of the key that is used: shown once, to its owner. */
let keySecret = "";
/** What browser and scripts were given, by where it came from. */
const shown = new Map<string, string>();

test.beforeAll(async ({ browser }) => {
  const started = await startInstallation({
    env: { ANTHROPIC_API_KEY: operatorKey, NEXTAUTH_SECRET: consoleSecret, CCO_LOG_LEVEL: "debug" },
  });
  ({ installation: cco, stop } = started);
  page = await openPage(browser);
  await setUpOwner(page, cco);
  const rules = `\n[[rule]]\nfrom = "${asked}"\nto = "claude-haiku-4-5-20251001"\nwhen = { project = ["adapted"] }\n[[rule]]\nfrom = "${asked}"\nto = "claude-haiku-5-5"\n`;
  writeFileSync(cco.rulesFile, `${readFileSync(cco.rulesFile, "utf8")}${rules}`);
  await expect.poll(() => rulesVersion(cco)).toBe(2);
  const made = await (await call(page, cco, "/api/keys", { name: "Laptop" })).json();
  keySecret = (made as { secret: string }).secret;
});
test.afterAll(async () => {
  await page?.close();
  await stop?.();
});

test("responses that CCO writes itself repeat no secret of the request", async () => {
  for (const way of ways) {
    const { status, text } = await send(way);
    if (way.hangUpMs === undefined) expect(status, way.name).toBeGreaterThan(0);
    if (way.isOurs !== true) continue;
    expect(status, way.name).toBeGreaterThanOrEqual(400);
    expect(text, way.name).not.toContain(mark);
  }
});

test("pages, console responses, exports and figures contain no secret of a request", async () => {
  await expect
    .poll(async () => (await listed()).length, { message: "events of all ways that reach the provider" })
    .toBeGreaterThanOrEqual(20);
  page.on("response", async (response) => {
    if (response.url().startsWith(cco.url)) shown.set(response.url(), await response.text().catch(() => ""));
  });
  const ids = await listed();
  const paths = [
    ...[
      "/",
      "/activity",
      "/activity?tab=sessions",
      "/activity?live=1",
      `/activity?session=${session}`,
      `/activity?q=${session}`,
    ],
    ...[
      "/costs",
      "/costs?group=model",
      "/rules",
      "/rules/edit",
      "/rules/versions/2",
      "/cache",
      "/connect",
      "/team",
      "/audit",
    ],
    ...["/settings", "/terminal", "/machine", "/project"],
    ...ids.slice(0, 5).map((id) => `/activity?request=${id}`),
  ];
  for (const path of paths) {
    await page.goto(`${cco.url}${path}`);
    await expect(page.locator(".skeleton")).toHaveCount(0);
    shown.set(`the page ${path}`, await page.content());
  }
  const apis = [
    ...[
      "/api/activity",
      "/api/activity/facets",
      "/api/activity/sessions",
      "/api/activity/live",
      "/api/activity/series",
    ],
    ...[
      "/api/audit",
      "/api/audit/export",
      "/api/cache",
      "/api/connect/status",
      "/api/costs/facets",
      "/api/costs/series",
    ],
    ...[
      "/api/costs/table",
      "/api/reports/costs.csv",
      "/api/keys",
      "/api/overview",
      "/api/rules",
      "/api/rules/versions",
    ],
    ...["/api/session", "/api/settings", "/api/settings/about", "/api/team", "/api/tokens"],
    ...["/health", "/healthz", "/livez", "/readyz", "/metrics"],
    ...["/api/overrides/stats", "/api/cache/stats", "/api/machine/stats", "/api/project/stats"],
    ...ids.map((id) => `/api/activity/requests/${id}`),
  ];
  for (const path of apis) {
    const answer = await page.request.get(`${cco.url}${path}`);
    shown.set(path, `${JSON.stringify(answer.headers())}\n${await answer.text()}`);
  }

  expect(shown.get("/api/activity")).toContain(asked);
  expect(shown.get("/metrics")).toContain("claude-haiku-5-5");
  expect(whereMarked(shown)).toEqual([]);
});

test("logs at the most verbose level and files on disk contain no secret of a request", async () => {
  const printed = new Map([["the log", cco.log()]]);
  expect(cco.log()).toContain(session);
  const files = new Map(
    (
      readdirSync(cco.dataDir, { recursive: true, withFileTypes: true }) as {
        name: string;
        parentPath: string;
        isFile(): boolean;
      }[]
    )
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), "latin1")]),
  );
  // The search finds what is there: names of models are.
  expect([...files.values()].some((text) => text.includes("claude-haiku-5-5"))).toBe(true);
  expect(whereMarked(printed)).toEqual([]);
  expect(whereMarked(files)).toEqual([]);
});

/** Where any of the secrets or marked words stands. */
function whereMarked(places: ReadonlyMap<string, string>): string[] {
  const secrets = [mark, keySecret, owner.password];
  return [...places].flatMap(([place, text]) =>
    secrets
      .filter((secret) => text.toLowerCase().includes(secret.toLowerCase()))
      .map((secret) => `${place}: ${around(text, secret)}`),
  );
}

function around(text: string, secret: string): string {
  const at = text.toLowerCase().indexOf(secret.toLowerCase());
  return text.slice(Math.max(0, at - 60), at + secret.length + 20);
}

async function listed(): Promise<string[]> {
  const answer = await page.request.get(`${cco.url}/api/activity?range=today&limit=100`);
  return [...(await answer.text()).matchAll(/"id":"(evt_[^"]+)"/g)].map(([, id]) => id ?? "");
}

/** Sends raw bytes and returns the raw response, like a client that knows of no marks. */
function send(way: Way): Promise<{ status: number; text: string }> {
  const {
    path = "/v1/messages?beta=true",
    method = "POST",
    body = encodeRequest(),
    headers = {},
    mood,
    hangUpMs,
  } = way;
  const url = new URL(cco.url);
  return new Promise((resolve) => {
    const sent = httpRequest({
      host: "127.0.0.1",
      port: url.port,
      method,
      path: path.includes("?") ? `${path}&q=${mark}QUERY` : path,
      headers: {
        host: url.host,
        "content-type": "application/json",
        "anthropic-version": "2023-06-01",
        "x-claude-code-session-id": session,
        "x-api-key": `sk-ant-${mark}CALLER`,
        authorization: `Bearer ${mark}BEARER`,
        cookie: `session=${mark}COOKIE`,
        "x-own-header": `${mark}HEADER`,
        "x-cco-key": keySecret,
        ...(mood === undefined ? {} : { "x-mock-mood": mood }),
        ...headers,
      },
    });
    let status = 0;
    let text = "";
    const done = () => resolve({ status, text });
    sent.on("response", (response) => {
      status = response.statusCode ?? 0;
      text = JSON.stringify(response.headers);
      response.setEncoding("latin1");
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", done).on("error", done);
    });
    sent.on("error", done);
    sent.on("close", done);
    if (method === "GET") sent.end();
    else if (headers["content-length"] === undefined) sent.end(Buffer.from(body, "latin1"));
    else sent.write(body);
    if (hangUpMs !== undefined) setTimeout(() => sent.destroy(), hangUpMs);
  });
}
