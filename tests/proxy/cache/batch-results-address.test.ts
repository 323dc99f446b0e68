import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: "[overrides]\nenabled = true\n" });
});

afterAll(async () => {
  await proxy.end();
  await upstream.close();
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

  it("has its results at the caller's own address also where the response names no type", async () => {
    upstream.answer = (response) => response.writeHead(200).end(JSON.stringify(batch));
    const answer = await fetch(`${proxy.url}/v1/messages/batches/msgbatch_1`);

    expect(await answer.json()).toEqual({ ...batch, results_url: proxy.url + RESULTS });
  });

  it.each([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
    ["deflate", deflateSync],
  ])(
    "has its results at the caller's own address also where a gateway compresses by %s",
    async (encoding, compress) => {
      const head = { "content-type": "text/plain", "content-encoding": encoding };
      upstream.answer = (response) => response.writeHead(200, head).end(compress(JSON.stringify(batch)));
      const answer = await fetch(`${proxy.url}/v1/messages/batches/msgbatch_1`);

      expect(JSON.parse(await answer.text())).toEqual({ ...batch, results_url: proxy.url + RESULTS });
      expect(answer.headers.has("content-encoding")).toBe(false);
    },
  );

  it("keeps every byte where its encoding cannot be read", async () => {
    const bytes = gzipSync(JSON.stringify(batch)).subarray(0, 40);
    upstream.answer = (response) => response.writeHead(200, { "content-encoding": "zstd" }).end(bytes);
    const answer = await fetch(`${proxy.url}/v1/messages/batches/msgbatch_1`);

    expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes);
    expect(answer.headers.get("content-encoding")).toBe("zstd");
  });

  it("is answered to HEAD with the length that the provider gives", async () => {
    upstream.answer = (response) =>
      response.writeHead(200, { "content-type": "application/json", "content-length": 100 }).end();
    const answer = await fetch(`${proxy.url}/v1/messages/batches/msgbatch_1`, { method: "HEAD" });

    expect(answer.headers.get("content-length")).toBe("100");
  });
});
