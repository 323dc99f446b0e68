import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { ONE_RULE } from "#tests/support/proxy-process.ts";
import { answerJson, type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerJson);
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: ONE_RULE });
});

beforeEach(() => {
  upstream.arrived.length = 0;
});

afterAll(async () => {
  await proxy.end();
  await upstream.close();
});

const BODY = '{"model":"claude-opus-5-5","max_tokens":1,"messages":[]}';
const ACTING = {
  "set-cookie": ["cco.session=stolen; Path=/", "b=2"],
  "clear-site-data": '"cookies"',
  location: "/team",
  refresh: "0; url=/team",
  link: "</x.js>; rel=preload",
  "access-control-allow-origin": "*",
  "access-control-allow-credentials": "true",
  "content-security-policy": "default-src *",
  "content-security-policy-report-only": "default-src *",
  "strict-transport-security": "max-age=9",
  "service-worker-allowed": "/",
  "www-authenticate": "Basic",
  "x-content-type-options": "none",
};

/** Obeyed by a browser, by nginx, Envoy, lighttpd, LiteSpeed or Perlbal in front, or by a cache that callers share. */
const OBEYED = [
  ..."accept-ch-lifetime activate-storage-access ad-auction-signals attribution-reporting-register-source".split(" "),
  ..."attribution-reporting-register-trigger cache-group-invalidation cache-groups cache-tag cdn-cache-control".split(
    " ",
  ),
  ..."cloudflare-cdn-cache-control connection-allowlist cross-origin-opener-policy document-isolation-policy".split(
    " ",
  ),
  ..."document-policy edge-cache-tag edge-control expect-ct expires feature-policy idp-signin-status".split(" "),
  ..."integrity-policy no-vary-search observe-browsing-topics origin-agent-cluster origin-trial".split(" "),
  ..."permissions-policy public-key-pins-report-only referrer-policy sec-session-challenge".split(" "),
  ..."sec-session-registration secure-session-registration shared-storage-write signin-status".split(" "),
  ..."supports-loading-mode surrogate-control surrogate-key timing-allow-origin vercel-cdn-cache-control".split(" "),
  ..."x-accel-buffering x-accel-charset x-accel-expires x-accel-limit-rate x-accel-redirect x-cache-tags".split(" "),
  ..."x-dns-prefetch-control x-frame-options x-lighttpd-send-file x-litespeed-cache-control".split(" "),
  ..."akamai-cache-control x-envoy-degraded x-envoy-immediate-health-check-fail x-litespeed-location x-reproxy-url x-sendfile x-xss-protection xkey".split(
    " ",
  ),
];

describe("a provider response", () => {
  it.each([
    ["POST", "/v1/messages"],
    ["POST", "/v1/messages/count_tokens"],
    ["GET", "/v1/models"],
    ["GET", "/v1/models/claude-opus-5-5"],
    ["GET", "/v1/files/file_1/content"],
    ["GET", "/v1/messages/batches"],
    ["GET", "/v1/something/else"],
    ["POST", "/v1/something/else"],
  ])("to %s %s cannot execute in the console's origin", async (method, path) => {
    for (const type of ["text/html", "Text/HTML; charset=x", "image/svg+xml", "application/javascript", "text/xml"]) {
      upstream.answer = (response) => {
        response.writeHead(200, { ...ACTING, "content-type": type, "request-id": "req_1" });
        response.end("<script>alert(1)</script>");
      };
      const answer = await fetch(proxy.url + path, { method, ...(method === "POST" ? { body: BODY } : {}) });
      await answer.text();

      expect(answer.status).toBe(200);
      for (const name of Object.keys(ACTING))
        if (!["content-security-policy", "x-content-type-options"].includes(name))
          expect(answer.headers.get(name), name).toBe(null);
      expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
      expect(answer.headers.get("content-security-policy")).toBe("default-src 'none'; sandbox; frame-ancestors 'none'");
      expect(answer.headers.get("request-id")).toBe("req_1");
    }
  });

  it.each(["/v1/messages", "/v1/models", "/v1/files/file_1/content", "/v1/skills"])(
    "to %s keeps from browsers, front proxies and shared caches what they would act on, and nothing else",
    async (path) => {
      const kept = {
        "request-id": "req_1",
        "anthropic-organization-id": "org",
        "anthropic-ratelimit-requests-remaining": "5",
        "anthropic-ratelimit-unified-reset": "1795966546",
        "anthropic-fast-output-tokens-limit": "9",
        "retry-after": "7",
        "x-should-retry": "false",
        "cf-ray": "8f-FRA",
        "cf-cache-status": "DYNAMIC",
        "x-envoy-upstream-service-time": "12",
        "server-timing": "proxy;dur=1",
        "content-disposition": 'attachment; filename="a.txt"',
        etag: '"1"',
        "last-modified": "Sun, 29 Nov 2026 00:00:00 GMT",
        vary: "accept-encoding",
        "x-robots-tag": "none",
        via: "1.1 google",
      };
      upstream.answer = (response) => {
        for (const [name, value] of Object.entries(kept)) response.setHeader(name, value);
        for (const name of OBEYED) response.setHeader(name, "1");
        response.writeHead(200, { "content-type": "application/json" }).end("{}");
      };
      const method = path === "/v1/messages" ? "POST" : "GET";
      const answer = await fetch(proxy.url + path, { method, ...(method === "POST" ? { body: BODY } : {}) });
      await answer.text();

      expect(OBEYED.filter((name) => answer.headers.has(name))).toEqual([]);
      // Messages and models may be edited, and then have another etag.
      const { etag, ...always } = kept;
      expect(Object.fromEntries(answer.headers)).toMatchObject(
        /messages|models/.test(path) ? always : { etag, ...always },
      );
    },
  );

  it.each([
    ["no-cache", "no-cache"],
    ["private, max-age=60", "private, max-age=60"],
    ["no-store, must-revalidate", "no-store, must-revalidate"],
    ["Private,Max-Age=60", "Private,Max-Age=60"],
    ["public", "private, no-store"],
    ["max-age=600", "private, no-store"],
    ["s-maxage=600, private", "private, no-store"],
    ["public, no-cache", "private, no-store"],
    ['private="x-a", max-age=600', "private, no-store"],
    ['no-cache="set-cookie", max-age=600', "private, no-store"],
    ["immutable", "private, no-store"],
  ])("with cache-control %s is kept by no cache for another caller: %s", async (given, expected) => {
    upstream.answer = (response) => response.writeHead(200, { "cache-control": given }).end("{}");
    const answer = await fetch(`${proxy.url}/v1/files/file_1/content`);
    await answer.text();

    expect(answer.headers.get("cache-control")).toBe(expected);
  });

  it.each(["/v1/files/file_1/content", "/v1/models", "/v1/messages/batches/b", "/v1/messages"])(
    "without cache-control is kept by no cache for another caller (%s)",
    async (path) => {
      upstream.answer = answerJson;
      const answer = await fetch(proxy.url + path, path === "/v1/messages" ? { method: "POST", body: BODY } : {});
      await answer.text();

      expect(answer.status).toBe(200);
      expect(answer.headers.get("cache-control")).toBe("private, no-store");
    },
  );

  it.each([
    "application/json",
    "text/event-stream; charset=utf-8",
    "application/x-jsonl",
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  ])("keeps its type when it is %s", async (type) => {
    upstream.answer = (response) => response.writeHead(200, { "content-type": type }).end("{}");
    const answer = await fetch(`${proxy.url}/v1/files/file_1/content`);
    await answer.text();

    expect(answer.headers.get("content-type")).toBe(type);
  });
});
