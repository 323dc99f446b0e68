import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { ONE_RULE, until } from "#tests/support/proxy-process.ts";
import {
  answerJson,
  answerStream,
  type ScriptedUpstream,
  startScriptedUpstream,
} from "#tests/support/scripted-upstream.ts";

/** Bodies here are counted in these; twenty fit. */
const PIECE = 30_000;

let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;
beforeAll(async () => {
  upstream = await startScriptedUpstream(answerJson);
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: ONE_RULE, bodyBytesMax: 20 * PIECE });
});
beforeEach(() => {
  upstream.answer = answerJson;
  upstream.arrived.length = 0;
});
afterAll(async () => {
  await proxy.end();
  await upstream.close();
});

const body = (pieces: number, model = "claude-sonnet-5-5") =>
  `{"model":"${model}","stream":true,"messages":[],"filler":"${"x".repeat(pieces * PIECE)}"}`;
const ask = (pieces: number, model?: string) =>
  fetch(`${proxy.url}/v1/messages`, { method: "POST", body: body(pieces, model) });
const held = () => proxy.server.live.bodyBytesHeld;

/** Responses held until released. Received bodies are dropped: only the proxy's memory is measured. */
function holdAnswers(): (() => void)[] {
  const waiting: (() => void)[] = [];
  upstream.answer = (response, arrived, request) => {
    waiting.push(() => answerStream(response, { ...arrived, body: Buffer.from('{"model":"m"}') }, request));
    arrived.body = Buffer.alloc(0);
  };
  return waiting;
}

describe("T9: the memory for bodies", () => {
  it("is released by every ending", async () => {
    for (const status of [200, 400, 529]) {
      upstream.answer = (response) => response.writeHead(status).end("{}");
      await (await ask(1, "claude-opus-5-5")).text();
    }
    upstream.answer = (response) => response.destroy();
    await ask(1);
    await fetch(`${proxy.url}/v1/messages`, { method: "POST", body: `${body(1)}!` });

    await until(() => held() === 0);
  });

  it("is taken first from sent bodies without a fallback, then from the oldest original, which loses its fallback", async () => {
    const waiting = holdAnswers();
    const oldest = ask(7, "claude-opus-5-5");
    await until(() => waiting.length === 1);
    const second = ask(4, "claude-opus-5-5");
    await until(() => waiting.length === 2);
    const passed = ask(7);
    await until(() => waiting.length === 3);
    const before = proxy.server.live.fallbacksLost;
    expect(held()).toBeGreaterThan(18 * PIECE);

    const third = ask(6);
    await until(() => waiting.length === 4);
    expect(proxy.server.live.fallbacksLost).toBe(before);
    const fourth = ask(12);
    await until(() => waiting.length === 5);
    expect(proxy.server.live.fallbacksLost).toBe(before + 1);
    expect(held()).toBeLessThanOrEqual(20 * PIECE);

    upstream.answer = (response) => response.writeHead(400).end('{"type":"error"}');
    for (const answer of waiting) answer();
    for (const answered of [oldest, second, passed, third, fourth]) {
      const answer = await answered;
      expect(answer.status).toBe(200);
      await answer.text();
    }
    await until(() => held() === 0);
    const metrics = await (await fetch(`${proxy.url}/metrics`)).text();
    expect(metrics).toContain(`cco_fallbacks_lost_total ${before + 1}`);
  });

  it("that was evicted passes the served model's refusal on, and retained is sent again unchanged", async () => {
    const refusals: (() => void)[] = [];
    const seen: string[] = [];
    upstream.answer = (response, arrived) => {
      const model = /"model":"([^"]*)"/.exec(arrived.body.toString("latin1", 0, 100))?.[1] ?? "";
      seen.push(model);
      arrived.body = Buffer.alloc(0);
      if (model.includes("haiku")) refusals.push(() => response.writeHead(400).end('{"refused":true}'));
      else if (model.includes("opus")) response.end("{}");
      else refusals.push(() => response.end("{}"));
    };
    const loses = ask(7, "claude-opus-5-5");
    await until(() => refusals.length === 1);
    const keeps = ask(7, "claude-opus-5-5");
    await until(() => refusals.length === 2);
    const crowds = ask(9);
    await until(() => refusals.length === 3);
    for (const refuse of refusals) refuse();

    expect(await (await loses).text()).toBe('{"refused":true}');
    expect((await keeps).headers.get("x-cco-override")).toBe("fallback:upstream_400");
    expect((await crowds).status).toBe(200);
    expect(seen).toEqual(["claude-haiku-5-5", "claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"]);
  });

  it("is bounded: beyond the bound one request is refused with 503 and a retry time", async () => {
    // Bodies that have not come whole cannot make room for others.
    const half = await Promise.all(Array.from({ length: 3 }, () => beginBody(6)));
    await until(() => held() > 17 * PIECE);

    const refused = await ask(6);

    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(await refused.json()).toMatchObject({ type: "error", error: { type: "overloaded_error" } });
    expect(held()).toBeLessThanOrEqual(20 * PIECE);
    expect(upstream.arrived).toHaveLength(0);
    half[0]?.destroy();
    await until(() => held() < 13 * PIECE);
    expect((await ask(6)).status).toBe(200);
    for (const socket of half) socket.destroy();
    await until(() => held() === 0);
  });
});

describe("T9: more concurrent bodies than memory", () => {
  it("complete in order of arrival, and the last ones are refused with a retry time", async () => {
    const callers: Awaited<ReturnType<typeof halfBody>>[] = [];
    for (let n = 0; n < 8; n++) {
      const caller = await halfBody(10);
      callers.push(caller);
      // Four halves fit; the next one must be refused at once.
      await until(() => (n < 4 ? held() >= (n + 1) * (5 * PIECE - 1_000) : caller.status() !== null));
    }
    expect(callers.map(({ status }) => status())).toEqual([null, null, null, null, 503, 503, 503, 503]);

    for (const caller of callers.slice(0, 4)) caller.finish();

    await until(() => callers.every(({ status }) => status() !== null));
    expect(callers.slice(0, 2).map(({ status }) => status())).toEqual([200, 200]);
    await until(() => held() === 0);
  });
});

/** Caller that sends half of a body, and the rest on request. */
async function halfBody(pieces: number) {
  const bytes = body(pieces);
  // Four of them fit, with a little room to spare.
  const middle = pieces * PIECE * 0.5 - 1_000;
  const head = `POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  const socket = connect(proxy.port, "127.0.0.1");
  let text = "";
  socket.on("error", () => {});
  socket.on("data", (part) => {
    text += part.toString("latin1");
  });
  await new Promise<void>((resolve) => socket.write(head + bytes.slice(0, middle), () => resolve()));
  const status = () => (text.includes("\r\n") ? Number(text.slice(9, 12)) : null);
  return { status, finish: () => socket.write(bytes.slice(middle)) };
}

/** A caller who has sent all of a body but its last byte. */
function beginBody(pieces: number): Promise<Socket> {
  const bytes = body(pieces);
  const head = `POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  return new Promise((resolve) => {
    const socket = connect(proxy.port, "127.0.0.1", () => {
      socket.write(head + bytes.slice(0, -1));
      resolve(socket);
    });
    socket.on("error", () => {});
  });
}
