// Long because it is one table: a row per route of the API.

import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { encode } from "next-auth/jwt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Handler } from "#app/_server/route.ts";
import { sessionCookieName, sessionSecret } from "#app/_server/session.ts";
import { issueProxyKey } from "#control/keys/issue.ts";
import type { PersonActor } from "#control/session/check-session.ts";
import { openSession } from "#control/session/open-session.ts";
import { issueAccessToken, scopesFor } from "#control/tokens/issue.ts";
import { mayWith, type Permission, roleMay, scopeFor } from "#core/access/permissions.ts";
import { type Role, roles } from "#core/access/roles.ts";
import { type ControlWorld, makeControlWorld, onePersonPerRole } from "#tests/support/control-world.ts";

/** Who each route of the console's API is for. A route that is not written down here fails the first test. */
const access: Record<string, Permission | "signed-in" | "public"> = {
  "GET /api/activity": "own-requests.read",
  "GET /api/activity/facets": "own-requests.read",
  "GET /api/activity/live": "own-requests.read",
  "GET /api/activity/requests/[id]": "own-requests.read",
  "GET /api/activity/series": "own-requests.read",
  "GET /api/activity/sessions": "own-requests.read",
  "GET /api/alerts": "alerts.read",
  "POST /api/alerts": "alerts.manage",
  "PATCH /api/alerts/[id]": "alerts.manage",
  "DELETE /api/alerts/[id]": "alerts.manage",
  "POST /api/alerts/[id]/snooze": "alerts.manage",
  "POST /api/alerts/channels": "alerts.manage",
  "DELETE /api/alerts/channels/[id]": "alerts.manage",
  "POST /api/alerts/channels/[id]/secret": "alerts.manage",
  "POST /api/alerts/channels/[id]/test": "alerts.manage",
  "GET /api/alerts/count": "alerts.read",
  "POST /api/alerts/firings/[id]": "alerts.manage",
  "GET /api/alerts/replay": "alerts.read",
  "GET /api/audit": "audit.read",
  "GET /api/audit/export": "audit.read",
  "GET /api/budgets": "budgets.read",
  "POST /api/budgets/raises": "budgets.raise",
  "DELETE /api/budgets/raises/[id]": "budgets.raise",
  "GET /api/budgets/spenders": "budgets.read",
  "GET /api/cache": "cache.read",
  "GET /api/cache/purge": "cache.purge",
  "POST /api/cache/purge": "cache.purge",
  "GET /api/connect/status": "connect.use",
  "GET /api/costs/changed": "costs.read",
  "GET /api/costs/facets": "costs.read",
  "GET /api/costs/series": "costs.read",
  "GET /api/costs/table": "costs.read",
  "GET /api/export": "costs.export",
  "POST /api/invites/accept": "public",
  "GET /api/keys": "own-keys.manage",
  "POST /api/keys": "own-keys.manage",
  "PATCH /api/keys/[id]": "keys.manage",
  "DELETE /api/keys/[id]": "own-keys.manage",
  "POST /api/keys/[id]/attribution": "keys.manage",
  "GET /api/keys/policy": "own-keys.manage",
  "GET /api/limits": "limits.manage",
  "PUT /api/limits": "limits.manage",
  "DELETE /api/limits": "limits.manage",
  "GET /api/limits/own": "own-requests.read",
  "GET /api/months": "costs.read",
  "POST /api/months/close": "costs.close",
  "POST /api/months/reopen": "costs.close",
  "GET /api/overview": "totals.read",
  "GET /api/corrections": "costs.read",
  "POST /api/corrections": "costs.correct",
  "POST /api/corrections/preview": "costs.correct",
  "POST /api/corrections/undo": "costs.correct",
  "GET /api/prices": "prices.read",
  "POST /api/prices": "prices.change",
  "POST /api/prices/preview": "prices.read",
  "POST /api/prices/roll-back": "prices.change",
  "GET /api/prices/versions": "prices.read",
  "GET /api/prices/versions/[version]": "prices.read",
  "GET /api/provider-check": "settings.read",
  "POST /api/provider-check": "settings.change",
  "GET /api/reports/budgets.csv": "costs.export",
  "GET /api/reconcile": "costs.read",
  "POST /api/reconcile": "bills.import",
  "GET /api/reports/costs.csv": "costs.export",
  "GET /api/reports/requests.csv": "costs.export",
  "POST /api/reset": "public",
  "GET /api/rules": "rules.read",
  "GET /api/rules/backups": "rules.read",
  "GET /api/rules/draft": "rules.draft",
  "PUT /api/rules/draft": "rules.draft",
  "DELETE /api/rules/draft": "rules.draft",
  "POST /api/rules/pause": "rules.pause",
  "POST /api/rules/preview": "rules.draft",
  "POST /api/rules/publish": "rules.publish",
  "POST /api/rules/roll-back": "rules.roll-back",
  "POST /api/rules/try": "rules.read",
  "GET /api/rules/versions": "rules.read",
  "GET /api/rules/versions/[version]": "rules.read",
  "GET /api/rules/versions/[version]/compare": "rules.read",
  "GET /api/session": "signed-in",
  "GET /api/sessions": "own-access.manage",
  "DELETE /api/sessions/[id]": "own-access.manage",
  "GET /api/settings": "settings.read",
  "PATCH /api/settings": "settings.change",
  "GET /api/settings/about": "settings.read",
  "GET /api/settings/issuing": "settings.read",
  "PUT /api/settings/issuing": "settings.change",
  "POST /api/settings/password": "own-access.manage",
  "POST /api/setup": "public",
  "POST /api/sign-out": "signed-in",
  "POST /api/sign-out/everywhere": "own-access.manage",
  "GET /api/team": "team.read",
  "POST /api/team/invites": "team.invite",
  "DELETE /api/team/invites/[id]": "team.invite",
  "POST /api/team/people/[id]/disable": "team.disable",
  "POST /api/team/people/[id]/enable": "team.disable",
  "POST /api/team/people/[id]/reset": "team.invite",
  "POST /api/team/people/[id]/role": "team.change-role",
  "GET /api/team/people/[id]/sessions": "access.manage",
  "POST /api/team/people/[id]/sign-out": "access.manage",
  "POST /api/team/people/[id]/team": "limits.manage",
  "GET /api/usage/own": "own-requests.read",
  "GET /api/tokens": "own-access.manage",
  "POST /api/tokens": "own-access.manage",
  "DELETE /api/tokens/[id]": "own-access.manage",
  "GET /api/backups": "backup.make",
  "POST /api/backups": "backup.make",
  "POST /api/backups/[id]/verify": "backup.make",
  "GET /api/backups/[id]/preview": "backup.restore",
  "GET /api/backups/[id]/file": "backup.restore",
};

/** What routes must be sent that read one of several kinds of input. */
const kindOf: Record<string, object> = {
  "POST /api/alerts/channels": { kind: "slack" },
  "POST /api/cache/purge": { kind: "all" },
  "PUT /api/limits": { kind: "team" },
  "DELETE /api/limits": { kind: "team" },
};

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
const root = join(import.meta.dirname, "../../app/api");
const allFiles = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith("route.ts"));
/** What next-auth answers has no permission; `app/api/auth` says which of its doors are open. */
const files = allFiles.filter((name) => !name.startsWith("auth/"));

interface Route {
  name: string;
  method: string;
  handler: Handler;
}

let world: ControlWorld;
let people: Record<Role, PersonActor>;
const routes: Route[] = [];
const shared = globalThis as typeof globalThis & { ccoControlDeps?: unknown };

beforeAll(async () => {
  world = await makeControlWorld({ publicUrl: "https://cco.example.com" });
  shared.ccoControlDeps = Promise.resolve(world.deps);
  people = await onePersonPerRole(world);
  for (const file of files) {
    const module = (await import(join(root, file))) as Partial<Record<string, Handler>>;
    for (const method of methods) {
      const handler = module[method];
      if (handler && "access" in handler)
        routes.push({ name: `${method} /api/${relative(".", file).replace(/\/?route\.ts$/, "")}`, method, handler });
    }
  }
});
afterAll(async () => {
  shared.ccoControlDeps = undefined;
  await world.end();
});

async function cookieFor(person: PersonActor): Promise<string> {
  const sessionId = await openSession(world.deps.db, person.id, { address: null, browser: null }, world.deps.now());
  const { sessionVersion } = await world.deps.db.person.findUniqueOrThrow({ where: { id: person.id } });
  const token = { sub: person.id, sessionId, sessionVersion };
  return `${sessionCookieName(world.deps)}=${await encode({ token, secret: sessionSecret(world.deps) })}`;
}

const ownPage = {
  "x-forwarded-host": "cco.example.com",
  "x-forwarded-proto": "https",
  "sec-fetch-site": "same-origin",
};
const params = { params: Promise.resolve({ id: "none", version: "none" }) };

/** Everything that could be wrong with what a caller sends, sent at once. */
const badBodies: [type: string, body: string][] = [
  ["application/json", "{"],
  ["application/json", ""],
  ["application/json", "null"],
  ["application/json", '{"to":{},"unknown":1}'],
  ["text/plain", "x"],
];

/** Values no field takes, or few do. Addresses hold text only. */
const junkTexts = ["", "abc", "-1", "1.5", "1000000000000", "NaN", "\u0000", "x".repeat(5000)];
const junkValues = [
  null,
  5,
  -1,
  0.5,
  1e300,
  [],
  [5],
  [null],
  ["x".repeat(500)],
  Array(500).fill("x"),
  {},
  { qqqqqqqqqqqq: 1 },
];

/** A GET is sent without a body, once. */
const bodiesFor = ({ method }: Route) => (method === "GET" ? badBodies.slice(0, 1) : badBodies);

async function askForStatus(
  { method, handler }: Route,
  headers: Record<string, string>,
  [type, body]: [string, string],
) {
  const url = "http://127.0.0.1:4000/api/x?range=never&limit=-1&group=none&from=x&scope=none&owner=none&with=none";
  const isRead = method === "GET";
  const sent = { ...ownPage, ...headers, ...(isRead ? {} : { "content-type": type }) };
  return (await handler(new Request(url, { method, headers: sent, body: isRead ? undefined : body }), params)).status;
}

describe("T35: every route of the API", () => {
  it("allows exactly the callers listed in this test, and no unlisted route exists", () => {
    expect(Object.fromEntries(routes.map(({ name, handler }) => [name, handler.access]))).toEqual(access);
  });

  it("answers unsupported methods with 405, the API's error shape and an Allow header", async () => {
    const wrong: string[] = [];
    for (const file of allFiles) {
      const module = (await import(join(root, file))) as Partial<Record<string, Handler>>;
      const served = file.startsWith("auth/")
        ? ["GET", "POST"]
        : methods.filter((method) => "access" in (module[method] ?? {}));
      const allow = served.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])).join(", ");
      for (const method of [...methods, "OPTIONS"].filter((method) => !served.includes(method))) {
        const response = await module[method]?.(new Request("http://127.0.0.1:4000/api/x", { method }), params);
        const text = (await response?.text()) ?? "";
        const isRight =
          response?.status === 405 && response.headers.get("allow") === allow && text.includes("INVALID_REQUEST");
        if (!isRight) wrong.push(`${method} ${file}: ${response?.status} ${response?.headers.get("allow")} ${text}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("answers 401 without a sign-in before it reads query or body", async () => {
    const wrong: string[] = [];
    for (const route of routes.filter(({ handler }) => handler.access !== "public"))
      for (const body of bodiesFor(route))
        for (const headers of [
          {},
          { cookie: `${sessionCookieName(world.deps)}=%` },
          { authorization: "Bearer ccoat_x" },
        ]) {
          const status = await askForStatus(route, headers as Record<string, string>, body);
          if (status !== 401)
            wrong.push(`${route.name} with ${JSON.stringify(headers)} and ${body.join(" ")}: ${status}`);
        }
    expect(wrong).toEqual([]);
  });

  it("answers 403 to a cross-site browser request before it reads the body", async () => {
    const cookie = await cookieFor(people.owner);
    const wrong: string[] = [];
    for (const route of routes.filter(({ method }) => method !== "GET"))
      for (const body of bodiesFor(route)) {
        const status = await askForStatus(route, { cookie, "sec-fetch-site": "cross-site" }, body);
        if (status !== 403) wrong.push(`${route.name} with ${body.join(" ")}: ${status}`);
      }
    expect(wrong).toEqual([]);
  });

  it("answers 403 to every role without permission, and to none with it, before it reads query or body", async () => {
    const wrong: string[] = [];
    for (const role of roles) {
      const cookie = await cookieFor(people[role]);
      for (const route of routes) {
        const { access: needed } = route.handler;
        // Ends this very session and answers 200 to any body, as it has none.
        if (needed === "public" || needed === "signed-in") continue;
        for (const body of bodiesFor(route)) {
          const status = await askForStatus(route, { cookie }, body);
          if ((status === 403) !== !roleMay(role, needed))
            wrong.push(`${route.name} as ${role}, ${body.join(" ")}: ${status}`);
          if (status >= 500) wrong.push(`${route.name} as ${role}, ${body.join(" ")}: ${status}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it("answers 403 to an access token without the scope of the route's permission, for each scope", async () => {
    const wrong: string[] = [];
    for (const scope of scopesFor("owner")) {
      const { secret } = await issueAccessToken(people.owner, { name: scope, scopes: [scope] }, world.deps);
      for (const route of routes) {
        const { access: needed } = route.handler;
        if (needed === "public" || needed === "signed-in" || mayWith("owner", [scope], needed)) continue;
        const status = await askForStatus(route, { authorization: `Bearer ${secret}` }, ["application/json", "{"]);
        if (status !== 403) wrong.push(`${route.name} (${scopeFor(needed)}) with the scope ${scope}: ${status}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("answers 401 to a proxy key everywhere but at the usage of that key", async () => {
    const { secret } = await issueProxyKey(people.owner, { name: "laptop" }, world.deps);
    const opened: string[] = [];
    for (const { name, method, handler } of routes.filter(({ handler }) => handler.access !== "public")) {
      const headers = { ...ownPage, "content-type": "application/json", authorization: `Bearer ${secret}` };
      const body = method === "GET" ? undefined : "{}";
      const request = new Request("http://127.0.0.1:4000/api/x", { method, headers, body });
      if ((await handler(request, params)).status !== 401) opened.push(name);
    }
    expect(opened).toEqual(["GET /api/usage/own"]);
  });

  it("takes a DELETE without a body wherever the address says it all, and names what is missing elsewhere", async () => {
    const { secret } = await issueAccessToken(people.owner, { name: "x", scopes: scopesFor("owner") }, world.deps);
    const callers = [{ authorization: `Bearer ${secret}` }, { ...ownPage, cookie: await cookieFor(people.owner) }];
    const answers: Record<string, string[]> = {};
    for (const { name, method, handler } of routes.filter(({ method }) => method === "DELETE"))
      for (const caller of callers)
        for (const type of [{}, { "content-type": "application/json" }, { "content-type": "text/plain" }]) {
          const headers = { ...caller, ...type } as Record<string, string>;
          const response = await handler(new Request("http://127.0.0.1:4000/api/x", { method, headers }), params);
          const { details } = (await response.json()) as { details?: { fields?: Record<string, string> } };
          const said = `${response.status} ${Object.keys(details?.fields ?? {}).join()}`.trim();
          answers[name] = [...new Set([...(answers[name] ?? []), said])];
        }
    expect(answers).toEqual({
      "DELETE /api/alerts/[id]": ["404"],
      "DELETE /api/alerts/channels/[id]": ["404"],
      "DELETE /api/budgets/raises/[id]": ["404"],
      "DELETE /api/keys/[id]": ["404"],
      "DELETE /api/limits": ["400 kind"],
      "DELETE /api/rules/draft": ["200"],
      "DELETE /api/sessions/[id]": ["404"],
      "DELETE /api/team/invites/[id]": ["404"],
      "DELETE /api/tokens/[id]": ["404"],
    });
  });

  it("refuses a body of a DELETE that is not JSON or not announced as such", async () => {
    const route = routes.find(({ name }) => name === "DELETE /api/rules/draft") as Route;
    const headers = { cookie: await cookieFor(people.owner) };
    for (const body of [
      ["text/plain", "{}"],
      ["application/json", "{"],
      ["application/json", "[]"],
    ] as const)
      expect(await askForStatus(route, headers, [...body])).toBe(400);
  });

  it("refuses an unknown body field by name", async () => {
    const cookie = await cookieFor(people.owner);
    const taken: string[] = [];
    for (const { name, method, handler } of routes) {
      // Set-up is closed because this test has people, for any body.
      if (method === "GET" || name === "POST /api/setup") continue;
      const kind = kindOf[name] ?? {};
      const body = JSON.stringify({ ...kind, monthlyBudgetNanoUsdd: "1" });
      const headers = { ...ownPage, cookie, "content-type": "application/json" };
      const response = await handler(new Request("http://127.0.0.1:4000/api/x", { method, headers, body }), params);
      const answer = (await response.json()) as { details?: { fields?: Record<string, string> } };
      if (response.status !== 400 || answer.details?.fields?.monthlyBudgetNanoUsdd === undefined)
        taken.push(`${name}: ${response.status} ${JSON.stringify(answer)}`);
    }
    expect(taken).toEqual([]);
  });

  it("refuses a body that names a field twice, at any depth, by its place", async () => {
    const cookie = await cookieFor(people.owner);
    const taken: string[] = [];
    for (const { name, method, handler } of routes.filter(({ method }) => method !== "GET")) {
      for (const [body, place] of [
        ['{"monthlyBudgetNanoUsd":10000000,"name":"x","monthlyBudgetNanoUsd":null}', "monthlyBudgetNanoUsd"],
        ['{"limits":[{"a":1,"\\u0061":2}]}', "limits.0.a"],
      ] as const) {
        const headers = { ...ownPage, cookie, "content-type": "application/json" };
        const response = await handler(new Request("http://127.0.0.1:4000/api/x", { method, headers, body }), params);
        const { details } = (await response.json()) as { details?: { fields?: Record<string, string> } };
        if (response.status !== 400 || details?.fields?.[place] !== "This is given more than once.")
          taken.push(`${name}: ${response.status}`);
      }
    }
    expect(taken).toEqual([]);
  });

  it("refuses an unknown search parameter by name, and any of a route that changes something", async () => {
    const cookie = await cookieFor(people.owner);
    const taken: string[] = [];
    for (const { name, method, handler } of routes) {
      const url = "http://127.0.0.1:4000/api/x?projectt=checkout";
      const isReading = method === "GET";
      const headers = { ...ownPage, cookie, ...(isReading ? {} : { "content-type": "application/json" }) };
      const response = await handler(
        new Request(url, { method, headers, ...(isReading ? {} : { body: "{}" }) }),
        params,
      );
      const answer = (await response.json().catch(() => null)) as {
        details?: { fields?: Record<string, string> };
      } | null;
      if (response.status !== 400 || answer?.details?.fields?.projectt === undefined)
        taken.push(`${name}: ${response.status}`);
    }
    expect(taken).toEqual([]);
  });

  it("refuses a repeated search parameter", async () => {
    const route = routes.find(({ name }) => name === "GET /api/costs/table");
    const url = "http://127.0.0.1:4000/api/costs/table?project=ledger&project=docs";
    const headers = { ...ownPage, cookie: await cookieFor(people.owner) };
    const response = await route?.handler(new Request(url, { headers }), params);

    expect(response?.status).toBe(400);
    expect(await response?.json()).toMatchObject({ details: { fields: { project: expect.stringContaining("once") } } });
  });

  it("suggests the field that was probably meant", async () => {
    const input = { name: "CI", monthlyBudgetNanoUsdd: "1" };
    await expect(issueProxyKey(people.owner, input, world.deps)).rejects.toMatchObject({
      code: "request.invalid",
      details: { fields: { monthlyBudgetNanoUsdd: "Unknown field. Did you mean monthlyBudgetNanoUsd?" } },
    });
  });

  it("describes every invalid value in our own sentences, never in a library's", async () => {
    const foreign: string[] = [];
    const seen = { fields: 0, refusals: 0 };
    for (const { name, method, handler } of routes) {
      if (name === "POST /api/setup") continue;
      const cookie = await cookieFor(people.owner);
      const ask = async (fields: Record<string, unknown>) => {
        const search = method === "GET" ? `?${new URLSearchParams(fields as Record<string, string>)}` : "";
        const headers = { ...ownPage, cookie, ...(method === "GET" ? {} : { "content-type": "application/json" }) };
        const body = method === "GET" ? undefined : JSON.stringify(fields);
        const request = new Request(`http://127.0.0.1:4000/api/x${search}`, { method, headers, body });
        const response = await handler(request, params);
        return response.ok ? "" : await response.text();
      };
      const kind = kindOf[name] ?? {};
      // The API itself says which fields it has.
      const known = /Known fields: ([\w, ]+)\./.exec(await ask({ ...kind, qqqqqqqqqqqq: "1" }))?.[1]?.split(", ") ?? [];
      seen.fields += known.length;
      const junk = method === "GET" ? junkTexts : [...junkTexts, ...junkValues];
      const allAs = (value: unknown) => Object.fromEntries(known.map((field) => [field, value]));
      const hasKinds = Object.keys(kind).length > 0;
      const inputs = junk.flatMap((value) =>
        hasKinds ? [allAs(value), { ...allAs(value), ...kind }] : [allAs(value)],
      );
      for (const fields of [kind, ...inputs]) {
        const answer = await ask(fields as Record<string, unknown>);
        if (answer !== "") seen.refusals += 1;
        const words =
          /Invalid (input|option|string)|expected |received |discriminator|Too (big|small)|Unrecognized/i.exec(answer);
        if (words) foreign.push(`${name} with ${JSON.stringify(fields).slice(0, 200)}: ${answer.slice(0, 400)}`);
      }
    }
    expect(foreign).toEqual([]);
    expect(seen.fields).toBeGreaterThan(100);
    expect(seen.refusals).toBeGreaterThan(500);
  });

  it.each<[string, string, object, Record<string, string>]>([
    ["POST", "reset", {}, { token: "This field is required.", password: "This field is required." }],
    ["GET", "connect/status", {}, { since: "This field is required." }],
    ["GET", "audit", { before: "x", limit: "500" }, { before: "Use a number.", limit: "Use at most 200." }],
    ["GET", "audit/export", { format: "xml" }, { format: "Choose jsonl or csv." }],
    ["POST", "cache/purge", { kind: "rules" }, { kind: "Choose all, person or model." }],
    ["POST", "rules/roll-back", {}, { to: "This field is required." }],
    ["POST", "rules/pause", { paused: "yes" }, { paused: "Use true or false." }],
    ["PUT", "limits", { kind: "team", holder: "a", modells: [] }, { modells: "Unknown field. Did you mean models?" }],
    ...[
      ["POST", "keys", { name: "CI", models: [] }] as const,
      ["PUT", "limits", { kind: "team", holder: "a", models: [] }] as const,
      ["PUT", "limits", { kind: "person", holder: "*", models: [] }] as const,
    ].map(([method, path, sent]): [string, string, object, Record<string, string>] => [
      method,
      path,
      sent,
      { models: "Name at least one model, or use null for every model." },
    ]),
    ["POST", "tokens", { name: "CI", scopes: [] }, { scopes: "Choose at least one scope." }],
    [
      "POST",
      "keys",
      { name: "CI", expiresInDays: 8 },
      { expiresInDays: "Choose 1, 7, 30, 90 or 365 days, or null for no expiry." },
    ],
  ])("answers %s /api/%s with %j according to its permission", async (method, path, sent, fields) => {
    const handler = routes.find(({ name }) => name === `${method} /api/${path}`)?.handler;
    const isRead = method === "GET";
    const search = isRead ? `?${new URLSearchParams(sent as Record<string, string>)}` : "";
    const headers = { ...ownPage, cookie: await cookieFor(people.owner), "content-type": "application/json" };
    const body = isRead ? undefined : JSON.stringify(sent);
    const response = await handler?.(
      new Request(`http://127.0.0.1:4000/api/x${search}`, { method, headers, body }),
      params,
    );

    expect(await response?.json()).toMatchObject({ code: "INVALID_REQUEST", details: { fields } });
  });
});
