// Long because every credential a caller can send is tried on the same two proxies. One requires a key and one does
// not.

import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { NO_PURGES } from "#core/cache/purges.ts";
import type { ControlState } from "#proxy/ledger/client/ledger-client.ts";
import { freePort } from "#tests/support/free-port.ts";
import { freshRequest } from "#tests/support/fresh-request.ts";
import { startHaproxy } from "#tests/support/haproxy.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { ONE_RULE, raw } from "#tests/support/proxy-process.ts";
import { eventually, scratchFolder } from "#tests/support/scratch.ts";
import {
  type Arrived,
  answerJson,
  type ScriptedUpstream,
  startScriptedUpstream,
} from "#tests/support/scripted-upstream.ts";

const KEY = `cco_${"k".repeat(43)}`;
const STALE = `cco_${"s".repeat(43)}`;
const hash = (secret: string) => createHash("sha256").update(secret).digest("hex");
const holder = {
  personId: "per_1",
  personEmail: "ada@example.com",
  personName: "Ada",
  team: "payments",
  project: "checkout",
  attribution: "free" as const,
  limits: null,
};
const STATE: ControlState = {
  cachePurges: NO_PURGES,
  prices: null,
  draftHeaders: [],
  revision: 1,
  rules: null,
  proxyKeys: [
    { id: "key_1", name: "Ada's laptop", keyHash: hash(KEY), ...holder, expiresAtMs: null },
    { id: "key_2", name: "old", keyHash: hash(STALE), ...holder, expiresAtMs: 1 },
  ],
  holderLimits: [],
  budgetRaises: [],
  accessTokens: [
    {
      ...{ id: "tok_1", name: "CI", tokenHash: hash("ccoat_good"), personId: "per_1", role: "viewer" },
      ...{ scopes: ["read"], expiresAtMs: Number.MAX_SAFE_INTEGER },
    },
  ],
  settings: { organisation: "", reportingZone: "UTC", rulesFileHash: null },
  hasPeople: true,
};

let upstream: ScriptedUpstream;
let keyed: ProxyInProcess;
let open: ProxyInProcess;

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerJson);
  const common = { upstreamUrl: upstream.url, rules: ONE_RULE, state: STATE };
  keyed = await startProxyInProcess({ ...common, env: { CCO_REQUIRE_KEY: "1", ANTHROPIC_API_KEY: "sk-operator" } });
  open = await startProxyInProcess(common);
});

beforeEach(() => {
  upstream.arrived.length = 0;
  for (const proxy of [keyed, open]) proxy.closed.length = 0;
});

afterAll(async () => {
  await keyed.end();
  await open.end();
  await upstream.close();
});

const post = (proxy: ProxyInProcess, headers: Record<string, string> = {}, path = "/v1/messages") =>
  fetch(proxy.url + path, { method: "POST", body: '{"model":"claude-sonnet-5-5"}', headers });

/** What went on to the provider. */
const sent = () => {
  const headers: Arrived["headers"] = upstream.arrived[0]?.headers ?? {};
  return {
    key: headers["x-api-key"],
    authorization: headers.authorization,
    own: Object.keys(headers).filter((name) => name.startsWith("x-cco")),
  };
};

describe("T22b: a caller without a proxy key whom a front proxy asks for, on an address of this machine", () => {
  const forwarded = { "x-forwarded-for": "203.0.113.9", "x-cco-project": "checkout", "x-api-key": "sk-ant-own" };

  it.each(["/v1/messages", "/v1/messages/count_tokens", "/v1/messages/batches", "/v1/files", "/v1/skills"])(
    "is refused on %s with the way to serve it, and not forwarded",
    async (path) => {
      const answer = await post(open, forwarded, path);
      expect(answer.status).toBe(401);
      const { message } = ((await answer.json()) as { error: { message: string } }).error;
      expect(message).toMatch(/its header x-forwarded-for says.*CCO_REQUIRE_KEY=0/);
      expect(upstream.arrived).toHaveLength(0);
    },
  );

  it.each([
    ...["forwarded", "x-real-ip", "via", "x-forwarded-host", "x_forwarded_for", "x-original-to", "x-client-ip"],
    ...[
      "true-client-ip",
      "cf-connecting-ip",
      "cf-ray",
      "fastly-client-ip",
      "x-envoy-external-address",
      "x-azure-clientip",
    ],
    ...["x-cluster-client-ip", "x-amz-cf-id", "tailscale-user-login", "x-varnish", "x-client", "x-original-source"],
  ])("is known by the header %s", async (name) => {
    expect((await post(open, { [name]: "203.0.113.9" })).status).toBe(401);
    expect((await post(open, { [name]: "203.0.113.9", "x-cco-key": KEY, "x-api-key": "sk-ant-own" })).status).toBe(200);
  });

  it.each([
    ["behind a line of the caller", "X-Client: foo\r\nX-Client: 203.0.113.9"],
    ["behind an empty line of the caller", "X-Client:\r\nX-Client: 203.0.113.9"],
    ["with a port", "X-Client: 203.0.113.9:5123"],
    ["in brackets", "X-Visitor: [2001:db8::1]:443"],
    ["in a list", "X-Sender: 203.0.113.9, 10.0.0.1"],
  ])("is known by an address %s", async (_, lines) => {
    const body = '{"model":"claude-sonnet-5-5"}';
    const head = (path: string, framing: string) =>
      `POST ${path} HTTP/1.1\r\nHost: localhost:${open.port}\r\nx-api-key: sk-ant-own\r\n${lines}\r\n${framing}\r\n\r\n`;

    expect(await raw(open.port, head("/v1/messages", `Content-Length: ${body.length}`) + body)).toContain(" 401 ");
    // Node's own parser reads bodies of unknown length.
    const chunked = `${head("/v1/messages", "Transfer-Encoding: chunked")}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    expect(await raw(open.port, chunked)).toContain(" 401 ");
    expect(upstream.arrived).toHaveLength(0);
  });

  it("is known by the address that HAProxy appends to a line of the caller", async () => {
    const port = await freePort();
    const haproxy = startHaproxy(
      scratchFolder(),
      `defaults\n mode http\n timeout connect 3s\n timeout client 9s\n timeout server 9s\n option forwardfor header X-Client\nfrontend in\n bind 127.0.0.1:${port}\n default_backend cco\nbackend cco\n server cco 127.0.0.1:${open.port}\n`,
    );
    onTestFinished(() => haproxy.stop());
    const asked = (path: string, method: string, headers = {}) =>
      eventually(() =>
        freshRequest(`http://127.0.0.1:${port}${path}`, {
          method,
          headers: { host: `localhost:${open.port}`, ...headers },
          ...(method === "POST" ? { body: '{"model":"claude-sonnet-5-5"}' } : {}),
        }),
      );

    for (const headers of [{}, { "x-client": "a" }, { "x-client": "" }]) {
      expect((await asked("/v1/messages", "POST", { "x-api-key": "sk-ant-own", ...headers })).status).toBe(401);
      expect((await asked("/metrics", "GET", headers)).status).toBe(401);
    }
    expect(upstream.arrived).toHaveLength(0);
  });

  it("is not seen in what Claude Code sends", async () => {
    const headers = {
      ...{ "user-agent": "claude-cli/2.1.332 (external, cli)", "x-app": "cli", "accept-language": "*" },
      ...{
        "x-stainless-package-version": "0.70.1",
        "x-stainless-runtime-version": "v24.3.0",
        "x-stainless-arch": "x64",
      },
      ...{ "anthropic-version": "2023-06-01", "anthropic-client-platform": "cli", "x-client-request-id": "1.2.3" },
      // Java's and JRuby's versions have four parts; gateways of the way to the provider have names of their networks.
      ...{ "x-stainless-runtime-version": "17.0.8.1", "x-client-version": "2.1.3.0", "x-app-version": "1.0.0.0" },
      ...{
        "cf-aig-authorization": "Bearer x",
        "x-original-model": "m",
        "x-forwarded-model": "m",
        "x-user-address": "a",
        "x-amzn-trace-id": "Root=1-67891233-abcdef012345678912345678",
      },
      ...{ "anthropic-beta": "claude-code-20250219", "x-api-key": "sk-ant-own" },
    };
    expect((await post(open, headers)).status).toBe(200);
  });

  it("is served where CCO_REQUIRE_KEY=0 says so", async () => {
    const served = await startProxyInProcess({
      ...{ upstreamUrl: upstream.url, rules: ONE_RULE, state: STATE },
      env: { CCO_REQUIRE_KEY: "0" },
    });
    onTestFinished(() => served.end());
    expect((await post(served, forwarded)).status).toBe(200);
  });
});

describe("T1: a caller without a valid proxy key, where one is required", () => {
  const bad: [string, Record<string, string>][] = [
    ["nothing", {}],
    ["an own key", { "x-api-key": "sk-ant-own" }],
    ["an own token", { authorization: "Bearer sk-ant-oat-own" }],
    ["an unknown proxy key", { "x-api-key": `cco_${"u".repeat(43)}` }],
    ["an unknown one as bearer", { authorization: `Bearer cco_${"u".repeat(43)}` }],
    ["an expired one", { "x-cco-key": STALE }],
    ["half of one", { "x-api-key": KEY.slice(0, 20) }],
    ["one with a tail", { "x-api-key": `${KEY}x` }],
    ["one as basic", { authorization: `Basic ${KEY}` }],
    ["an access token", { authorization: "Bearer ccoat_good" }],
    ["an empty one", { "x-cco-key": "", "x-api-key": "" }],
  ];
  it.each(bad)("is refused with %s, at every endpoint, and not forwarded", async (_name, headers) => {
    for (const path of [
      "/v1/messages",
      "/v1/messages/count_tokens",
      "/v1/messages/batches",
      "/v1/files",
      "/v1/skills",
    ]) {
      const answer = await post(keyed, headers, path);
      expect(answer.status, path).toBe(401);
      expect(answer.headers.get("x-should-retry")).toBe("false");
      expect(await answer.json()).toMatchObject({ type: "error", error: { type: "authentication_error" } });
    }
    expect((await fetch(`${keyed.url}/v1/models`, { headers })).status).toBe(401);
    expect(upstream.arrived).toHaveLength(0);
    expect(keyed.closed).toHaveLength(0);
  });
});

describe("credentials", () => {
  it.each([
    ["x-api-key", { "x-api-key": KEY }],
    ["bearer", { authorization: `Bearer ${KEY}` }],
    ["x-cco-key", { "x-cco-key": KEY }],
    ["both, as a key helper sends them", { "x-api-key": KEY, authorization: `Bearer ${KEY}` }],
  ])("are replaced by the operator's when a proxy key comes as %s", async (_name, headers) => {
    expect((await post(keyed, headers)).status).toBe(200);
    expect(sent()).toEqual({ key: "sk-operator", authorization: undefined, own: [] });
    expect(keyed.closed).toMatchObject([
      { personId: "per_1", proxyKeyId: "key_1", team: "payments", project: "checkout", billingMode: "metered" },
    ]);
  });

  it("of the caller pass beside a proxy key, and the proxy key is not forwarded", async () => {
    await post(keyed, {
      "x-cco-key": KEY,
      authorization: "Bearer sk-ant-oat01-x",
      "anthropic-beta": "oauth-2025-04-20,x",
    });

    expect(sent()).toEqual({ key: undefined, authorization: "Bearer sk-ant-oat01-x", own: [] });
    expect(upstream.arrived[0]?.headers["anthropic-beta"]).toBe("oauth-2025-04-20,x");
    expect(keyed.closed).toMatchObject([{ proxyKeyId: "key_1", billingMode: "subscription" }]);
  });

  it("of the caller pass unchanged where no proxy key is required", async () => {
    await post(open, { "x-api-key": "sk-ant-own" });

    expect(sent()).toEqual({ key: "sk-ant-own", authorization: undefined, own: [] });
    expect(open.closed).toMatchObject([{ proxyKeyId: null, project: "default", billingMode: "metered" }]);
  });

  const oauth = { "anthropic-beta": "oauth-2025-04-20" };
  const billed: [string, Record<string, string>, "metered" | "subscription"][] = [
    ["a login's token alone", { "x-cco-key": KEY, authorization: "Bearer sk-ant-oat01-x" }, "subscription"],
    ["a login's token without a proxy key", { authorization: "Bearer sk-ant-oat01-x", ...oauth }, "subscription"],
    [
      "a bearer of unknown form, with the beta",
      { "x-cco-key": KEY, authorization: "Bearer abc", ...oauth },
      "subscription",
    ],
    ["a bearer of unknown form", { "x-cco-key": KEY, authorization: "Bearer abc" }, "metered"],
    [
      "an own key beside the proxy key as bearer, with the beta",
      { "x-api-key": "sk-ant-api03-x", authorization: `Bearer ${KEY}`, ...oauth },
      "metered",
    ],
    [
      "an own key beside the proxy key without a scheme, with the beta",
      { "x-api-key": "sk-ant-api03-x", authorization: KEY, ...oauth },
      "metered",
    ],
    [
      "an own key beside a login's token",
      { "x-cco-key": KEY, "x-api-key": "sk-ant-api03-x", authorization: "Bearer sk-ant-oat01-x", ...oauth },
      "metered",
    ],
    [
      "an own key of unknown form beside another bearer",
      { "x-cco-key": KEY, "x-api-key": "k", authorization: "Bearer x", ...oauth },
      "metered",
    ],
    [
      "an own key as bearer, with the beta",
      { "x-cco-key": KEY, authorization: "Bearer sk-ant-api03-x", ...oauth },
      "metered",
    ],
    [
      "an own key with another scheme, with the beta",
      { "x-cco-key": KEY, authorization: "Basic abc", ...oauth },
      "metered",
    ],
    [
      "an own key that looks like a login's token",
      { "x-cco-key": KEY, "x-api-key": "sk-ant-oat01-x", ...oauth },
      "metered",
    ],
  ];
  it.each(billed)("are billed by the forwarded credential, not by a header beside it: %s", async (_, headers, mode) => {
    expect((await post(open, headers)).status).toBe(200);

    const [{ authorization = null, "x-api-key": key = null } = {}] = upstream.arrived.map((arrived) => arrived.headers);
    expect(open.closed).toMatchObject([{ billingMode: mode }]);
    if (mode === "subscription") expect([authorization, key]).toEqual([headers.authorization, null]);
  });

  it("of the operator are metered for any beta header", async () => {
    expect((await post(keyed, { authorization: `Bearer ${KEY}`, ...oauth })).status).toBe(200);
    expect(keyed.closed).toMatchObject([{ billingMode: "metered" }]);
  });

  it("are requested in an error when no key for the provider exists", async () => {
    const answer = await post(open, { "x-api-key": KEY });

    expect(answer.status).toBe(401);
    expect(await answer.text()).toContain("x-cco-key");
    expect(upstream.arrived).toHaveLength(0);
  });

  it("are not replaced by the operator's at an endpoint whose cost is not counted", async () => {
    const refused = await post(keyed, { "x-api-key": KEY }, "/v1/vaults");
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain("Send a key of your own");
    expect(upstream.arrived).toHaveLength(0);

    await post(keyed, { "x-cco-key": KEY, "x-api-key": "sk-own" }, "/v1/vaults");
    expect(sent().key).toBe("sk-own");
  });

  it("can be neither removed by Connection nor repeated", async () => {
    await raw(
      keyed.port,
      `POST /v1/messages HTTP/1.1\r\nHost: localhost:${keyed.port}\r\nx-api-key: ${KEY}\r\nConnection: x-api-key\r\nContent-Length: 29\r\n\r\n{"model":"claude-sonnet-5-5"}`,
    );

    expect(sent().key).toBe("sk-operator");
  });
});

describe("the path prefix of a request", () => {
  const paths: [string, string, { project: string; team: string | null }][] = [
    ["/v1/messages", "/v1/messages", { project: "default", team: null }],
    ["/v1/messages?beta=true", "/v1/messages?beta=true", { project: "default", team: null }],
    ["/v1/v1/messages?beta=true", "/v1/messages?beta=true", { project: "default", team: null }],
    ["/p/shop/v1/messages", "/v1/messages", { project: "shop", team: null }],
    ["/p/shop/v1/v1/messages", "/v1/messages", { project: "shop", team: null }],
    ["/t/core/shop/v1/messages", "/v1/messages", { project: "shop", team: "core" }],
    ["/shop/v1/messages", "/v1/messages", { project: "shop", team: null }],
    ["/team-a/proj-x/v1/messages?beta=true", "/v1/messages?beta=true", { project: "proj-x", team: "team-a" }],
    ["/v1/messages/count_tokens?beta=true", "/v1/messages/count_tokens?beta=true", { project: "default", team: null }],
    ["/p/shop/v1/messages/batches", "/v1/messages/batches", { project: "shop", team: null }],
    ["/v1/v1/files?x=1", "/v1/files?x=1", { project: "default", team: null }],
  ];
  it.each(paths)("%s is forwarded as %s", async (path, upstreamPath, owner) => {
    expect((await post(open, {}, path)).status).toBe(200);
    expect(upstream.arrived[0]?.url).toBe(upstreamPath);
    await expect.poll(() => open.closed).toMatchObject([owner]);
  });

  it.each([
    "/api/v1/messages",
    "/_next/v1/messages",
    "/a/b/c/v1/messages",
    "/v1",
    "/v2/messages",
    "/p/-bad/v1/messages",
  ])("%s is not model traffic", async (path) => {
    expect((await post(open, {}, path)).status).toBe(404);
    expect(upstream.arrived).toHaveLength(0);
  });

  it("yields to the x-cco-project header, and an invalid name is ignored", async () => {
    await post(open, { "x-cco-project": "mobile", "x-cco-team": "apps" }, "/p/shop/v1/messages");
    await post(open, { "x-cco-project": "<script>" }, "/p/shop/v1/messages");

    expect(open.closed).toMatchObject([{ project: "mobile", team: "apps" }, { project: "shop" }]);
  });

  it("of a probe is answered by the proxy", async () => {
    for (const [method, path] of [
      ["HEAD", "/"],
      ["HEAD", "/api/hello"],
      ["GET", "/healthz"],
    ] as const) {
      const { status, headers } = await fetch(open.url + path, { method });
      expect([status, headers.get("cache-control")], path).toEqual([200, "no-store"]);
    }
    expect(upstream.arrived).toHaveLength(0);
  });
});

describe("endpoints beside messages", () => {
  it("count tokens by the session's decision and do not create one", async () => {
    const count = '{"model":"claude-opus-5-5","messages":[]}';
    const answer = await fetch(`${open.url}/v1/messages/count_tokens`, { method: "POST", body: count });

    expect(answer.headers.get("x-cco-served-model")).toBe("claude-haiku-5-5");
    expect(upstream.arrived[0]?.body.toString()).toBe(count.replace("opus", "haiku"));
    expect(open.closed).toMatchObject([{ endpoint: "count_tokens", usageState: "none", costNanoUsd: null }]);
  });

  it("list models of the provider, or of the catalogue while it is unavailable", async () => {
    upstream.answer = (response) =>
      response.writeHead(200, { "content-type": "application/json" }).end('{"data":[{"id":"x"}]}');
    expect(await (await fetch(`${open.url}/v1/models?limit=1000`)).json()).toEqual({ data: [{ id: "x" }] });

    upstream.answer = (response) => response.writeHead(503).end();
    const own = (await (await fetch(`${open.url}/v1/models`)).json()) as { data: { id: string; type: string }[] };
    upstream.answer = answerJson;
    expect(own.data.map(({ id }) => id)).toContain("claude-opus-5-5");
  });

  it("pass large uploads through whole and counted", async () => {
    const body = Buffer.alloc(3_000_000, 0x61);
    const answer = await fetch(`${open.url}/v1/files`, { method: "POST", body });

    expect(answer.status).toBe(200);
    expect(upstream.arrived[0]?.body.equals(body)).toBe(true);
    await expect
      .poll(() => open.closed)
      .toMatchObject([{ endpoint: "files", ended: "complete", requestBytes: 3_000_000 }]);
  });
});
