import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BodyBudget } from "#proxy/body/body-budget.ts";
import { RequestBody } from "#proxy/body/request-body.ts";
import type { CallerRequest } from "#proxy/http1/caller-side.ts";
import { newCounters } from "#proxy/metrics/live-counters.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { ONE_RULE } from "#tests/support/proxy-process.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

/** A request whose body has arrived. */
async function heldBody(budget: BodyBudget, text: string): Promise<RequestBody> {
  const request = Object.assign(new EventEmitter(), {
    headers: { "content-length": String(text.length) },
    complete: true,
    socket: {} as Socket,
    pause: () => {},
    resume: () => {},
  });
  const body = new RequestBody(budget);
  const reading = body.read(request as CallerRequest, () => {});
  request.emit("data", Buffer.from(text));
  request.emit("end");
  await reading;
  return body;
}

const toBuffer = (bytes: Uint8Array): ArrayBufferLike => bytes.buffer;

describe("the buffer of a request body", () => {
  it("is reused only when no write of the first body is pending", async () => {
    const budget = new BodyBudget(newCounters());
    for (const isSent of [false, true]) {
      const first = await heldBody(budget, "first");
      const memory = toBuffer(first.bytes);
      const sent = first.edited([]).bytes;
      first.keep({ isSent }, false);
      first.release();
      const second = await heldBody(budget, "other");
      expect(toBuffer(second.bytes) === memory).toBe(isSent);
      expect(Buffer.from(sent).toString()).toBe(isSent ? "other" : "first");
    }
  });

  it("is held until a second send ends, regardless of how the first ended", async () => {
    const budget = new BodyBudget(newCounters());
    const first = await heldBody(budget, "first");
    const memory = toBuffer(first.bytes);
    first.edited([]);
    first.keep({ isSent: true }, true);
    first.original();
    first.sentAgain({ isSent: false });
    first.release();
    expect(toBuffer((await heldBody(budget, "other")).bytes)).not.toBe(memory);
  });
});

describe("concurrent bodies", () => {
  let upstream: ScriptedUpstream;
  let proxy: ProxyInProcess;
  beforeAll(async () => {
    upstream = await startScriptedUpstream((response, { body }) => {
      // The served model refuses, so that each body is sent again as it came.
      const status = body.includes('"claude-haiku') ? 400 : 200;
      setImmediate(() => response.writeHead(status, { "content-type": "application/json" }).end("{}"));
    });
    proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: ONE_RULE });
  });
  afterAll(async () => {
    await proxy.end();
    await upstream.close();
  });

  it("arrive complete and unmixed, round after round in the same buffers", async () => {
    const buildBody = (number: number) =>
      `{"model":"claude-opus-5-5","messages":[],"filler":"${String(number)
        .padStart(4, "0")
        .repeat(5_000 + number * 37)}"}`;
    const wanted: string[] = [];
    for (let round = 0; round < 10; round++) {
      const bodies = Array.from({ length: 16 }, (_, i) => buildBody(round * 16 + i));
      wanted.push(...bodies);
      await Promise.all(bodies.map((body) => fetch(`${proxy.url}/v1/messages`, { method: "POST", body })));
    }
    const whole = upstream.arrived.map(({ body }) => body.toString()).filter((body) => body.includes("claude-opus"));
    expect(whole.sort()).toEqual(wanted.sort());
    const edited = upstream.arrived.map(({ body }) => body.toString()).filter((body) => body.includes("claude-haiku"));
    const unedited = edited.map((body) => body.replace(/"claude-haiku[^"]*"/, '"claude-opus-5-5"'));
    expect(unedited.sort()).toEqual(wanted);
  });
});
