// Long because every guard of a route is tried on the same routes, in the order in which they apply.

import type { Account, NextAuthOptions, Profile } from "next-auth";
import { encode } from "next-auth/jwt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { errorResponse, publicWriteRoute, readRoute, writeRoute } from "#app/_server/route.ts";
import { runAuth, sessionCookieName, sessionSecret } from "#app/_server/session.ts";
import type { PersonActor } from "#control/session/check-session.ts";
import { openSession } from "#control/session/open-session.ts";
import { issueAccessToken } from "#control/tokens/issue.ts";
import { AppError } from "#core/errors.ts";
import { type ControlWorld, goodPassword, makeControlWorld } from "#tests/support/control-world.ts";

let world: ControlWorld;
let owner: PersonActor;
let cookie: string;
let token: string;
const shared = globalThis as typeof globalThis & { ccoControlDeps?: unknown };

beforeAll(async () => {
  world = await makeControlWorld({ publicUrl: "https://cco.example.com" });
  shared.ccoControlDeps = Promise.resolve(world.deps);
  owner = await world.person("owner");
  cookie = await cookieFor(owner);
  token = (await issueAccessToken(owner, { name: "Script", scopes: ["settings"] }, world.deps)).secret;
});
afterAll(async () => {
  shared.ccoControlDeps = undefined;
  await world.end();
});

/** The cookie of a person who has just signed in. */
async function cookieFor(person: PersonActor): Promise<string> {
  const sessionId = await openSession(world.deps.db, person.id, { address: null, browser: null }, world.deps.now());
  const claim = { sub: person.id, sessionId, sessionVersion: 1 };
  return `${sessionCookieName(world.deps)}=${await encode({ token: claim, secret: sessionSecret(world.deps) })}`;
}

let executed = 0;
const write = writeRoute("settings.change", z.object({ name: z.string().max(10) }), async ({ actor, input }) => {
  executed += 1;
  return { by: actor.id, input };
});
const open = publicWriteRoute(z.object({}), async () => {
  executed += 1;
  return { ok: true };
});

const send = (headers: Record<string, string>, body: BodyInit = `{"name":"x"}`) =>
  new Request("http://127.0.0.1:4000/api/x", {
    method: "POST",
    headers: {
      host: "127.0.0.1:4000",
      "x-forwarded-host": "cco.example.com",
      "x-forwarded-proto": "https",
      ...headers,
    },
    body,
  });

const json = "application/json";
const own = { origin: "https://cco.example.com", "content-type": json };

describe("a body that would keep the console busy", () => {
  it.each([
    ["nested 7,000 levels deep", `{"name":${"[".repeat(7_000)}${"]".repeat(7_000)}}`, "The body is nested too deeply."],
    ["with a list of 200,000 entries", `{"name":[${'"x",'.repeat(199_999)}"x"]}`, "name: At most 1000 entries."],
  ])("is refused for its size alone when it is %s", async (_, body, error) => {
    const before = executed;
    const response = await write(send({ ...own, cookie }, body), { params: Promise.resolve({}) });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error });
    expect(executed).toBe(before);
  });
});

describe("a route that changes something", () => {
  const origins: [string, Record<string, string>, boolean][] = [
    ["neither header", {}, false],
    ["origin null", { origin: "null" }, false],
    ["another site", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }, false],
    [
      "another site that claims to be the same",
      { origin: "https://evil.example", "sec-fetch-site": "same-origin" },
      false,
    ],
    ["a sibling subdomain", { origin: "https://sub.cco.example.com", "sec-fetch-site": "same-site" }, false],
    ["the plain-http twin", { origin: "http://cco.example.com" }, false],
    ["another port", { origin: "https://cco.example.com:8443" }, false],
    ["no page at all", { "sec-fetch-site": "none" }, false],
    ["our own origin", { origin: "https://cco.example.com" }, true],
    ["our own page", { "sec-fetch-site": "same-origin" }, true],
    ["our own origin and page", { origin: "https://cco.example.com", "sec-fetch-site": "same-origin" }, true],
  ];
  const types: [string, boolean][] = [
    [json, true],
    ["application/json; charset=utf-8", true],
    ["text/plain", false],
    ["application/x-www-form-urlencoded", false],
    ["multipart/form-data; boundary=x", false],
    ["", false],
  ];

  it.each(
    origins.flatMap(([name, headers, isOwn]) =>
      types.map(([type, isJson]) => [name, type, headers, isOwn && isJson] as const),
    ),
  )("from %s with %s runs only when both are allowed", async (_name, type, headers, shouldRun) => {
    for (const route of [write, open]) {
      executed = 0;
      const response = await route(send({ cookie, "content-type": type, ...headers }));
      expect(executed).toBe(shouldRun ? 1 : 0);
      expect(response.status).toBe(shouldRun ? 200 : response.status);
      if (!shouldRun) expect([400, 403]).toContain(response.status);
    }
  });

  it("ignores a host invented by the caller when the proxy is not in front", async () => {
    executed = 0;
    const rebound = new Request("http://evil.example:4000/api/x", {
      method: "POST",
      headers: { host: "evil.example:4000", origin: "http://evil.example:4000", "content-type": json, cookie },
      body: "{}",
    });

    expect((await open(rebound)).status).toBe(403);
    expect(executed).toBe(0);
  });

  it("accepts an access token without an origin, and refuses a wrong token even beside a valid cookie", async () => {
    const good = await write(send({ "content-type": json, authorization: `Bearer ${token}` }));
    expect(await good.json()).toEqual({ by: owner.id, input: { name: "x" } });

    const wrong = await write(send({ ...own, cookie, authorization: "Bearer ccoat_wrong" }));
    expect(wrong.status).toBe(401);
  });

  it("drops unknown fields and refuses invalid ones", async () => {
    const extra = await write(send({ ...own, cookie }, `{"name":"x","role":"owner"}`));
    expect((await extra.json()).input).toEqual({ name: "x" });
    const proto = await write(send({ ...own, cookie }, `{"name":"x","__proto__":{"x":1}}`));
    expect(await proto.text()).toContain('"fields":{"__proto__":"Unknown field."}');
    expect(({} as Record<string, unknown>).x).toBeUndefined();

    const long = await write(send({ ...own, cookie }, `{"name":"${"x".repeat(11)}"}`));
    expect(long.status).toBe(400);
    expect(await long.json()).toMatchObject({
      code: "INVALID_REQUEST",
      details: { fields: { name: expect.any(String) } },
    });
  });

  it("stops reading at one megabyte regardless of Content-Length", async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536).fill(32));
      },
    });
    const request = new Request("http://127.0.0.1/api/x", {
      method: "POST",
      headers: { ...own, "x-forwarded-host": "cco.example.com", cookie, "content-length": "10" },
      body: endless,
      duplex: "half",
    } as RequestInit);

    expect((await write(request)).status).toBe(413);
    expect(sent).toBeLessThan(4 * 1_048_576);
  });

  it("answers broken JSON and invalid UTF-8 with 400, never 500", async () => {
    for (const body of ["{", "", "\u0000", new Uint8Array([123, 255, 125])]) {
      expect((await write(send({ ...own, cookie }, body))).status).toBe(400);
    }
  });
});

describe("every route", () => {
  it("uses the contract's error shape and forbids caching", async () => {
    const read = readRoute("signed-in", z.object({}), async () => ({ ok: true }));

    const refused = await read(new Request("http://127.0.0.1/api/x"));

    expect(refused.status).toBe(401);
    expect(refused.headers.get("cache-control")).toBe("no-store");
    expect(await refused.json()).toEqual({
      error: "Sign in first.",
      code: "UNAUTHENTICATED",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      details: {},
    });
    const allowed = await read(new Request("http://127.0.0.1/api/x", { headers: { cookie } }));
    expect([allowed.status, allowed.headers.get("cache-control")]).toEqual([200, "no-store"]);
  });

  it("hides the message of an unexpected error", async () => {
    const failing = readRoute("signed-in", z.object({}), async () => {
      throw new Error("password=hunter2 at /srv/secret.ts");
    });

    const response = await failing(new Request("http://127.0.0.1/api/x", { headers: { cookie } }));

    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("hunter2");
  });

  it("T36: treats a malformed cookie as a wrong one: 401, never 500", async () => {
    const read = readRoute("signed-in", z.object({}), async () => ({ ok: true }));
    const name = sessionCookieName(world.deps);

    for (const value of ["%", "%E0%A4%A", "%ff", '"', "a%00b", "\u00ff", `${"%".repeat(5_000)}`, "=;=;="]) {
      for (const header of [`${name}=${value}`, `${value}; ${name}=${value}`, value]) {
        const headers = { cookie: header };
        expect((await read(new Request("http://127.0.0.1/api/x", { headers }))).status).toBe(401);
        expect((await write(send({ ...own, ...headers }))).status).toBe(401);
      }
    }
    const beside = await read(new Request("http://127.0.0.1/api/x", { headers: { cookie: `other=%; ${cookie}` } }));
    expect(beside.status).toBe(200);
  });

  it("sends a locked caller its retry time", async () => {
    const locked = readRoute("signed-in", z.object({}), async () => {
      throw new AppError("auth.too-many-attempts", { retryAfterS: 600 });
    });

    const response = await locked(new Request("http://127.0.0.1/api/x", { headers: { cookie } }));

    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "600"]);
  });
});

/** The check of a password, as next-auth calls it. */
function findPasswordCheck(providers: NextAuthOptions["providers"]): (given: object) => Promise<unknown> {
  const found = providers.find(({ id }) => id === "credentials" || id === "password");
  if (!found) throw new Error("there is no password provider");
  return (found.options as { authorize(given: object): Promise<unknown> }).authorize;
}

describe("a sign-in while the disk of the database is full", () => {
  const from = { address: null, browser: null };
  const denied = new Response(null, { status: 401 });
  const oidc = {
    name: "Acme ID",
    issuer: "https://id.example.com",
    clientId: "cco",
    clientSecret: "s",
    defaultRole: "viewer",
  } as const;
  /** A database whose disk is full: it reads, and every transaction ends as SQLite ends it. */
  const fullDeps = () => {
    const refuse = () => Promise.reject(new Error("SQLITE_FULL: database or disk is full"));
    const db = new Proxy(world.deps.db, {
      get: (target, key) => (key === "$transaction" ? refuse : Reflect.get(target, key)),
    });
    return { ...world.deps, db, config: { ...world.deps.config, oidc } };
  };

  /** What next-auth does with a password: an error of ours becomes a 401 with its message. */
  const signInWith = (password: string) =>
    runAuth(fullDeps(), from, async ({ providers }) => {
      await findPasswordCheck(providers)({ email: owner.email, password }).catch(() => undefined);
      return denied;
    });

  it("is refused by password as every other call is: 503 that names the disk", async () => {
    const fault = await signInWith(goodPassword).catch((error: unknown) => error);

    const response = errorResponse(fault, send(own));
    expect([response.status, response.headers.get("link")]).toEqual([503, expect.stringContaining("database.full")]);
    expect((await response.json()).error).toContain("disk is full");
  });

  it("comes back from the identity provider with the code of the full disk", async () => {
    let target: unknown;
    await runAuth(fullDeps(), from, async ({ callbacks }) => {
      const account = { provider: "oidc", providerAccountId: "sub-1" } as Account;
      const profile = { email: "new@example.com", email_verified: true } as Profile;
      target = await callbacks?.signIn?.({ user: { id: "x" }, account, profile });
      return denied;
    });

    expect(target).toBe("/sign-in?error=database.full");
  });
});

it("answers a wrong password with what next-auth answers", async () => {
  const from = { address: "192.0.2.9", browser: null };
  const denied = new Response(null, { status: 401 });
  const answer = runAuth(world.deps, from, async ({ providers }) => {
    await expect(findPasswordCheck(providers)({ email: owner.email, password: "not it" })).rejects.toThrow(
      "auth.required",
    );
    return denied;
  });

  expect(await answer).toBe(denied);
});
