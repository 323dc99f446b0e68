import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ProxyInProcess, startProxyInProcess } from "./support/proxy-in-process.ts";
import { ONE_RULE } from "./support/proxy-process.ts";
import { answerJson, type ScriptedUpstream, startScriptedUpstream } from "./support/scripted-upstream.ts";

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

describe("a batch", () => {
  const RESULTS = "/v1/messages/batches/msgbatch_1/results";
  const batch = { id: "msgbatch_1", results_url: `https://api.example.com${RESULTS}`, processing_status: "ended" };

  it.each([
    ["POST", "", "/v1/messages/batches", batch],
    ["GET", "/p/web", "/v1/messages/batches/msgbatch_1", batch],
    ["GET", "", "/v1/messages/batches?limit=20", { data: [batch, { ...batch, results_url: null }], has_more: false }],
    ["POST", "/team-a/web", "/v1/messages/batches/msgbatch_1/cancel", batch],
  ])("has its results at the caller's own address (%s %s%s)", async (method, prefix, path, given) => {
    upstream.answer = (response) => {
      const text = JSON.stringify(given, null, 1);
      response.writeHead(200, { "content-type": "application/json", "content-length": text.length });
      response.write(text.slice(0, 60));
      setTimeout(() => response.end(text.slice(60)), 20);
    };
    const init = { method, ...(method === "POST" ? { body: '{"requests":[]}' } : {}) };
    const answer = await fetch(proxy.url + prefix + path, init);
    const text = await answer.text();

    const own = `${proxy.url}${prefix}${RESULTS}`;
    expect(text).toBe(JSON.stringify(given, null, 1).replaceAll(batch.results_url, own));
    expect(Number(answer.headers.get("content-length"))).toBe(text.length);
    upstream.answer = (response) => response.writeHead(200, { "content-type": "application/x-jsonl" }).end("{}\n");
    await (await fetch(own)).text();
    expect(upstream.arrived.at(-1)?.url).toBe(RESULTS);
  });

  it("is broken off where the provider breaks off", async () => {
    upstream.answer = (response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": 500 });
      response.write('{"id":', () => response.socket?.destroy());
    };
    await expect(fetch(`${proxy.url}/v1/messages/batches/b`).then((answer) => answer.text())).rejects.toThrow();
  });
});
