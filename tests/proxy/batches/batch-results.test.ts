// Long because the results of a batch come in many ways, and each is one test of the same reader.

import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { type Answerer, type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const ID = "msgbatch_01AbC";
const PATH = `/v1/messages/batches/${ID}`;
const RESULTS = `${PATH}/results`;
const CREATED = "2026-11-03T07:08:09.123456Z";
const RULES = "[overrides]\nenabled = true\n";

const usage = { input_tokens: 1001, output_tokens: 11, cache_read_input_tokens: 3, service_tier: "batch" };
/** 1001 × $4 + 11 × $20 + 3 × $0.20 a million tokens, at half. */
const OPUS_COST = "2112300";

function line(customId: string, model = "claude-opus-5-5", more: object = {}): string {
  const message = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model,
    content: [],
    stop_reason: "end_turn",
    usage,
  };
  return JSON.stringify({ custom_id: customId, result: { type: "succeeded", message: { ...message, ...more } } });
}
const ended = (customId: string, type: string) => JSON.stringify({ custom_id: customId, result: { type } });

let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.close());
beforeEach(async () => {
  upstream.arrived.length = 0;
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: RULES });
});
afterEach(() => proxy.end());

/** Answers the batch itself, and its results as given. */
const answerWith =
  (results: Answerer, created: string | null = CREATED): Answerer =>
  (response, arrived, request) => {
    if (arrived.url.includes("/results")) return results(response, arrived, request);
    if (created === null) return void response.writeHead(404, { "content-type": "application/json" }).end("{}");
    response
      .writeHead(200, { "content-type": "application/json" })
      .end(JSON.stringify({ id: ID, type: "message_batch", created_at: created, processing_status: "ended" }));
  };

const sends =
  (body: string | Buffer, headers: Record<string, string> = {}, status = 200): Answerer =>
  (response) =>
    response.writeHead(status, { "content-type": "application/x-jsonl", ...headers }).end(body);

const lineEvents = () => proxy.closed.filter(({ reason }) => reason === "batch");
/** The record of the request for the results closes behind its last byte. */
async function resultsNote(): Promise<unknown> {
  await expect.poll(() => proxy.closed.some(({ batch }) => batch?.includes('"results"') === true)).toBe(true);
  return JSON.parse(proxy.closed.find(({ batch }) => batch?.includes('"results"'))?.batch ?? "null");
}

describe("the results of a batch", () => {
  it("are booked as one event for each answered request, at half the price of its model, at the creation of the batch", async () => {
    const body = [
      line("a"),
      line("b", "claude-haiku-4-5"),
      ended("c", "errored"),
      ended("d", "expired"),
      ended("e", "canceled"),
    ];
    upstream.answer = answerWith(sends(`${body.join("\n")}\n`));

    const answer = await fetch(`${proxy.url}/p/web${RESULTS}`, { headers: { "x-api-key": "k" } });

    expect(await answer.text()).toBe(`${body.join("\n")}\n`);
    const events = lineEvents();
    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({
      endpoint: "batches",
      startedAtMs: Date.UTC(2026, 10, 3, 7, 8, 9, 123),
      endedAtMs: Date.UTC(2026, 10, 3, 7, 8, 9, 123),
      requestedModel: "claude-opus-5-5",
      servedModel: "claude-opus-5-5",
      project: "web",
      serviceTier: "batch",
      usageState: "exact",
      usage: { inputTokens: 1001, outputTokens: 11, cacheReadTokens: 3 },
      costNanoUsd: OPUS_COST,
      savedNanoUsd: "0",
      batch: ID,
    });
    // 1001 × $1 + 11 × $5 + 3 × $0.10 a million tokens, at half; 150 of the cache.
    expect(events[1]?.costNanoUsd).toBe("528150");
    expect(await resultsNote()).toEqual({
      kind: "results",
      id: ID,
      createdAtMs: Date.UTC(2026, 10, 3, 7, 8, 9, 123),
      booked: 2,
      free: 3,
      unread: 0,
      why: null,
      isWhole: true,
    });
  });

  it("have the same ids for every reader, and other ids for another batch", async () => {
    upstream.answer = answerWith(sends(`${line("a")}\n${line("b")}\n`));
    const read = async (path: string) => (await fetch(proxy.url + path)).text();
    await read(`/p/web${RESULTS}`);
    await read(RESULTS);
    const [a, b, ...again] = lineEvents().map(({ id, startedAtMs }) => ({ id, startedAtMs }));
    expect(a?.id).toMatch(/^evt_[0-9A-HJKMNP-TV-Z]{26}$/);
    expect(a?.id).not.toBe(b?.id);
    expect(again).toEqual([a, b]);
    upstream.answer = (response, arrived, request) =>
      arrived.url.includes("/results")
        ? sends(line("a"))(response, arrived, request)
        : response.end(JSON.stringify({ id: "msgbatch_2", created_at: CREATED }));
    await read("/v1/messages/batches/msgbatch_2/results");
    expect(lineEvents().at(-1)?.id).not.toBe(a?.id);
  });

  it("ask for the creation of the batch once, with the credentials of the reader and without their range", async () => {
    upstream.answer = answerWith(sends(`${line("a")}\n`));
    const headers = { "x-api-key": "sk-mine", "anthropic-version": "2023-06-01", range: "bytes=0-" };
    for (let at = 0; at < 2; at++) await (await fetch(proxy.url + RESULTS, { headers })).text();

    expect(upstream.arrived.map(({ url }) => url)).toEqual([PATH, RESULTS, RESULTS]);
    expect(upstream.arrived[0]?.headers).toMatchObject({ "x-api-key": "sk-mine", "anthropic-version": "2023-06-01" });
    expect(upstream.arrived[0]?.headers.range).toBeUndefined();
    expect(upstream.arrived[1]?.headers.range).toBe("bytes=0-");
  });

  it("do not ask where an answer that passed has said when the batch was created", async () => {
    upstream.answer = answerWith(sends(`${line("a")}\n`));
    await (await fetch(proxy.url + PATH)).text();
    await (await fetch(proxy.url + RESULTS)).text();

    expect(upstream.arrived.map(({ url }) => url)).toEqual([PATH, RESULTS]);
    expect(lineEvents()).toHaveLength(1);
  });

  it("are not booked, and counted as not read, where the provider does not say when the batch was created", async () => {
    upstream.answer = answerWith(sends(`${line("a")}\n${ended("b", "errored")}\n`), null);
    expect(await (await fetch(proxy.url + RESULTS)).text()).toBe(`${line("a")}\n${ended("b", "errored")}\n`);

    expect(lineEvents()).toEqual([]);
    const why = "the provider does not say when the batch was created";
    expect(await resultsNote()).toMatchObject({
      createdAtMs: null,
      booked: 0,
      free: 1,
      unread: 1,
      why,
      isWhole: false,
    });
  });

  it.each(["chunks of one byte", "chunks of seven bytes"])(
    "are read in %s, without an end of the last line",
    async (how) => {
      const body = Buffer.from(`${line("ü-1")}\r\n\n${line("b")}`);
      const size = how.includes("one") ? 1 : 7;
      upstream.answer = answerWith((response) => {
        response.writeHead(200, { "content-type": "application/x-jsonl" });
        for (let at = 0; at < body.length; at += size) response.write(body.subarray(at, at + size));
        response.end();
      });
      const answer = await fetch(proxy.url + RESULTS);

      expect(Buffer.from(await answer.arrayBuffer())).toEqual(body);
      expect(lineEvents().map(({ costNanoUsd }) => costNanoUsd)).toEqual([OPUS_COST, OPUS_COST]);
    },
  );

  it.each([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
  ])("are booked where a gateway compresses them by %s, and not a byte is changed", async (coding, compress) => {
    const body = compress(`${line("a")}\n${line("b")}\n`);
    upstream.answer = answerWith(sends(body, { "content-encoding": coding }));
    const answer = await fetch(proxy.url + RESULTS);

    expect(answer.headers.get("content-encoding")).toBe(coding);
    expect(await answer.text()).toBe(`${line("a")}\n${line("b")}\n`);
    expect(await resultsNote()).toMatchObject({ booked: 2, unread: 0 });
    expect(lineEvents()).toHaveLength(2);
  });

  it("pass unread in an encoding that cannot be read, which the record names", async () => {
    upstream.answer = answerWith(sends(Buffer.from([1, 2, 3]), { "content-encoding": "zstd" }));
    const answer = await fetch(proxy.url + RESULTS, { headers: { "accept-encoding": "identity" } }).catch(() => null);
    await answer?.arrayBuffer().catch(() => {});

    expect(await resultsNote()).toMatchObject({ booked: 0, unread: 1, why: "an encoding that cannot be read" });
  });

  it("go on behind a line that cannot be read, which is counted and named", async () => {
    const wrong = [
      "{",
      '{"custom_id":"x"}',
      ended("y", "succeeded"),
      ended("z", "sleeping"),
      `{"custom_id":"q","result":7}`,
    ];
    const body = `${wrong.join("\n")}\n${line("a")}\n`;
    upstream.answer = answerWith(sends(body));

    expect(await (await fetch(proxy.url + RESULTS)).text()).toBe(body);
    expect(lineEvents()).toHaveLength(1);
    expect(await resultsNote()).toMatchObject({ booked: 1, free: 0, unread: 5, why: "no valid JSON" });
  });

  it("pass whole with a line of ten million bytes, which is not held and not booked", async () => {
    const body = `${line("big", "claude-opus-5-5", { content: "x".repeat(10_000_000) })}\n${line("a")}\n`;
    upstream.answer = answerWith(sends(body));

    expect((await (await fetch(proxy.url + RESULTS)).text()).length).toBe(body.length);
    expect(lineEvents()).toHaveLength(1);
    expect(await resultsNote()).toMatchObject({ booked: 1, unread: 1, why: "a line of over 8388608 bytes" });
  });

  it("are booked as far as they came where the provider breaks off, and whole when they are read again", async () => {
    const body = `${line("a")}\n${line("b")}\n${line("c")}\n`;
    const cutAt = body.length - 40;
    upstream.answer = answerWith((response) => {
      response.writeHead(200, { "content-type": "application/x-jsonl", "content-length": body.length });
      response.write(body.slice(0, cutAt), () => response.socket?.destroy());
    });
    await expect(fetch(proxy.url + RESULTS).then((answer) => answer.text())).rejects.toThrow();
    await expect.poll(() => lineEvents().length).toBe(2);
    expect(await resultsNote()).toMatchObject({ booked: 2, unread: 0, isWhole: false });

    upstream.answer = answerWith(sends(body.slice(cutAt), { "content-range": `bytes ${cutAt}-/${body.length}` }, 206));
    await (await fetch(proxy.url + RESULTS, { headers: { range: `bytes=${cutAt}-` } })).text();
    expect(lineEvents()).toHaveLength(2);

    upstream.answer = answerWith(sends(body));
    await (await fetch(proxy.url + RESULTS)).text();
    expect(new Set(lineEvents().map(({ id }) => id)).size).toBe(3);
  });

  it("count the lines that are whole in a part that begins and ends within a line", async () => {
    const body = `${line("a")}\n${line("b")}\n${line("c")}\n`;
    upstream.answer = answerWith(sends(body.slice(10, -10), { "content-range": "bytes 10-20/30" }, 206));
    await (await fetch(proxy.url + RESULTS, { headers: { range: "bytes=10-20" } })).text();

    expect(lineEvents()).toHaveLength(1);
    expect(await resultsNote()).toMatchObject({ booked: 1, unread: 0, why: null, isWhole: false });
  });

  it("are without a cost, and never zero, where the model has no price or the usage cannot be read", async () => {
    const odd = line("b", "claude-opus-5-5", { usage: { input_tokens: "many" } });
    upstream.answer = answerWith(sends(`${line("a", "claude-unheard-9")}\n${odd}\n`));
    await (await fetch(proxy.url + RESULTS)).text();

    expect(lineEvents().map(({ costNanoUsd, usageState }) => [costNanoUsd, usageState])).toEqual([
      [null, "exact"],
      [null, "unknown"],
    ]);
  });

  it("leave nothing for HEAD, for a refusal and for another path", async () => {
    upstream.answer = answerWith(sends(`${line("a")}\n`, {}, 404));
    await (await fetch(proxy.url + RESULTS)).text();
    await fetch(proxy.url + RESULTS, { method: "HEAD" });
    upstream.answer = answerWith(sends(`${line("a")}\n`));
    await (await fetch(`${proxy.url}/v1/files/file_1/content`)).text();

    expect(lineEvents()).toEqual([]);
  });

  it("record each line before it leaves for the reader", async () => {
    let more: () => void = () => {};
    upstream.answer = answerWith((response) => {
      response.writeHead(200, { "content-type": "application/x-jsonl" });
      response.write(`${line("a")}\n`);
      more = () => response.end(`${line("b")}\n`);
    });
    const answer = await fetch(proxy.url + RESULTS);
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    expect(lineEvents()).toHaveLength(1);
    more();
    while (!(await reader.read()).done);
    expect(lineEvents()).toHaveLength(2);
  });
});

describe("the creation of a batch", () => {
  const CREATED_MS = Date.UTC(2026, 10, 3, 7, 8, 9, 123);
  const post = async (body: string) => {
    upstream.answer = answerWith(sends(""));
    const answer = await fetch(`${proxy.url}/v1/messages/batches`, { method: "POST", body });
    await answer.text();
    await expect.poll(() => proxy.closed.length).toBe(1);
    expect(upstream.arrived[0]?.body.toString()).toBe(body);
    return JSON.parse(proxy.closed[0]?.batch ?? "null");
  };

  it("is recorded with its requests by model, and an estimate of the prompts and the longest answers at half the price", async () => {
    const opus = '{"model":"claude-opus-5-5","max_tokens":1000,"messages":[]}';
    const haiku = '{"model":"claude-haiku-4-5","max_tokens":10,"messages":[]}';
    const one = (params: string, at: number) => `{"custom_id":"${at}","params":${params}}`;
    const body = `{"requests":[${[opus, haiku, opus].map(one).join(",")}]}`;
    // By hand, at half: 15 tokens at $4 and 1000 at $20, twice. Then 15 at $1 and 10 at $5.
    const tokens = Math.ceil(opus.length / 4);
    expect([tokens, Math.ceil(haiku.length / 4)]).toEqual([15, 15]);
    const estimate = (2 * (15 * 4000 + 1000 * 20000) + (15 * 1000 + 10 * 5000)) / 2;

    expect(await post(body)).toEqual({
      kind: "created",
      id: ID,
      createdAtMs: CREATED_MS,
      estimate: {
        requests: 3,
        models: [
          ["claude-opus-5-5", 2],
          ["claude-haiku-4-5", 1],
        ],
        estimateNanoUsd: String(estimate),
      },
    });
  });

  it("has no estimate where a model has no price, and none at all where the body is no batch", async () => {
    const body = '{"requests":[{"params":{"model":"claude-unheard-9","max_tokens":5}}]}';
    const estimate = { requests: 1, models: [["claude-unheard-9", 1]], estimateNanoUsd: null };
    expect(await post(body)).toMatchObject({ estimate });
    proxy.closed.length = 0;
    upstream.arrived.length = 0;
    expect(await post("no batch")).toMatchObject({ estimate: null });
  });
});

describe("an answer about batches", () => {
  it("is recorded where it says something new of them", async () => {
    const shown = (id: string, processing_status: string) => ({
      id,
      created_at: CREATED,
      processing_status,
      request_counts: { processing: 1, succeeded: 2 },
    });
    const read = async (path: string, answer: object) => {
      upstream.answer = (response) => response.end(JSON.stringify(answer));
      const before = proxy.closed.length;
      await (await fetch(proxy.url + path)).text();
      await expect.poll(() => proxy.closed.length).toBe(before + 1);
      return JSON.parse(proxy.closed.at(-1)?.batch ?? "null");
    };
    const createdAtMs = Date.UTC(2026, 10, 3, 7, 8, 9, 123);
    const seen = (id: string, state: string) => ({ id, createdAtMs, state, requests: 3 });

    expect(await read(PATH, shown(ID, "in_progress"))).toEqual({ kind: "seen", batches: [seen(ID, "pending")] });
    expect(await read(PATH, shown(ID, "canceling"))).toBeNull();
    const list = { data: [shown(ID, "ended"), shown("b2", "in_progress")] };
    const batches = [seen(ID, "ended"), seen("b2", "pending")];
    expect(await read("/v1/messages/batches", list)).toEqual({ kind: "seen", batches });
    expect(await read("/v1/messages/batches", list)).toBeNull();
  });
});
