import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { NO_PURGES } from "#core/cache/purges.ts";
import { FastRequest } from "#proxy/http1/fast-request.ts";
import type { ControlState } from "#proxy/ledger/client/ledger-client.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { ONE_RULE, raw } from "#tests/support/proxy-process.ts";
import { answerJson, type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

/** Copies bytes that arrive before the body is asked for; later they are copied again. */
const copies = vi.spyOn(FastRequest.prototype as unknown as { keepEarly(bytes: Buffer): void }, "keepEarly");
const reads = vi.spyOn(FastRequest.prototype, "fill");

/** No keys at all. One that is sent is looked up in the database before it is refused. */
const STATE: ControlState = {
  ...{
    cachePurges: NO_PURGES,
    prices: null,
    draftHeaders: [],
    revision: 1,
    rules: null,
    proxyKeys: [],
    holderLimits: [],
    budgetRaises: [],
  },
  ...{ accessTokens: [], settings: { organisation: "", reportingZone: "UTC", rulesFileHash: null }, hasPeople: true },
};

let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerJson);
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: ONE_RULE, state: STATE });
});

beforeEach(() => {
  copies.mockClear();
  reads.mockClear();
  upstream.arrived.length = 0;
});

afterAll(async () => {
  await proxy.end();
  await upstream.close();
});

const body = `{"model":"claude-sonnet-5-5","messages":[{"role":"user","content":"${"x".repeat(10_000)}"}]}`;

/** Head and body in one write, as clients send them. */
const post = (headers = "") =>
  raw(
    Number(new URL(proxy.url).port),
    `POST /v1/messages HTTP/1.1\r\nhost: ${new URL(proxy.url).host}\r\ncontent-type: application/json\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`,
  );

it("reads the first bytes of a body in the turn that reads its head, without a copy", async () => {
  expect(await post()).toMatch(/^HTTP\/1\.1 200 /);
  expect(upstream.arrived[0]?.body.toString()).toBe(body);
  expect(reads).toHaveBeenCalledOnce();
  expect(copies).not.toHaveBeenCalled();
});

it("keeps the first bytes of a body while an unknown proxy key is looked up elsewhere", async () => {
  expect(await post(`x-cco-key: cco_${"u".repeat(43)}\r\n`)).toMatch(/^HTTP\/1\.1 401 /);
  expect(copies).toHaveBeenCalled();
});
