import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { encodeRecord, RECORD_BYTES_MAX } from "#proxy/spool/format.ts";
import { eventProblem } from "#store/events.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { type Answerer, type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: "[overrides]\nenabled = true\n" });
});
beforeEach(() => {
  proxy.closed.length = 0;
});
afterAll(async () => {
  await proxy.end();
  await upstream.close();
});

const MODEL = "claude-sonnet-5-5";
const HUGE = 2 ** 53 - 1;
const HALVES = { input_tokens: 1000, output_tokens: 1000 };
const ZEROS = { input_tokens: 0, output_tokens: 0 };
const COST_OF_HALVES = "12000000";

/** The event of one request that the provider answers so. */
async function askForEvent(answer: Answerer) {
  upstream.answer = answer;
  const body = JSON.stringify({ model: MODEL, max_tokens: 5, messages: [] });
  await (await fetch(`${proxy.url}/v1/messages`, { method: "POST", body })).text();
  const [event] = proxy.closed.splice(0);
  if (event === undefined) throw new Error("no event was recorded");
  return event;
}

const whole =
  (usage: unknown): Answerer =>
  (response) =>
    response
      .writeHead(200, { "content-type": "application/json" })
      .end(JSON.stringify({ type: "message", model: MODEL, content: [], stop_reason: "end_turn", usage }));

const buildStream =
  (...events: { type: string; [field: string]: unknown }[]): Answerer =>
  (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const event of events) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    response.end();
  };

const TEXT = {
  type: "content_block_delta",
  index: 0,
  delta: { type: "text_delta", text: "forty bytes of text, give or take a few" },
};
const OVERLOADED = { type: "error", error: { type: "overloaded_error", message: "x" } };

const stream = (start: object | undefined, delta: unknown): Answerer =>
  buildStream(
    ...[
      { type: "message_start", message: { type: "message", model: MODEL, content: [], usage: start } },
      TEXT,
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: delta },
      { type: "message_stop" },
    ],
  );

describe("usage of the provider", () => {
  it.each<[string, Answerer]>([
    ["is missing", whole(undefined)],
    ["is null", whole(null)],
    ["is empty", whole({})],
    ["has null for all counts", whole({ input_tokens: null, output_tokens: null })],
    ["has text for counts", whole({ input_tokens: "1000", output_tokens: "1000" })],
    ["has fractions", whole({ input_tokens: 1000.5, output_tokens: 1000 })],
    ["has negative counts", whole({ ...HALVES, input_tokens: -1000 })],
    ["has no input", whole({ output_tokens: 1000 })],
    ["has no output", whole({ input_tokens: 1000 })],
    ["has cache reads that cannot be read", whole({ ...HALVES, cache_read_input_tokens: "9" })],
    ["has cache writes that cannot be read", whole({ ...HALVES, cache_creation: { ephemeral_1h_input_tokens: -1 } })],
    ["has searches that cannot be read", whole({ ...HALVES, server_tool_use: { web_search_requests: HUGE } })],
    ["has text for the group of cache writes", whole({ ...HALVES, cache_creation: "x" })],
    ["has a list for the group of searches", whole({ ...HALVES, server_tool_use: [1] })],
    ["has iterations of zeros beside totals without input", whole({ output_tokens: 9, iterations: [ZEROS] })],
    ["has counts up to 2^53", whole({ input_tokens: HUGE, output_tokens: HUGE })],
    ["has counts beyond 2^53", whole({ input_tokens: 2 ** 60, output_tokens: 1 })],
    ["has a count whose money no column holds", whole({ input_tokens: 1e15, output_tokens: 1 })],
    [
      "has iterations whose sum no column holds",
      whole({ iterations: Array(5000).fill({ ...HALVES, input_tokens: 1e9 }) }),
    ],
    [
      "has iterations with text for counts",
      whole({ ...HALVES, iterations: [{ input_tokens: "1000", output_tokens: "1" }] }),
    ],
    ["has one iteration of two without counts", whole({ ...HALVES, iterations: [HALVES, { type: "compaction" }] })],
    ["of a stream comes with its end only", stream(undefined, { output_tokens: 500 })],
    ["of a stream ends with text", stream(HALVES, { output_tokens: "500" })],
    ["of a stream begins with text", stream({ input_tokens: "1000", output_tokens: 1 }, { output_tokens: 500 })],
    ["of a stream is missing", stream(undefined, undefined)],
  ])("that %s is of unknown cost, never free, and is recorded", async (_name, answer) => {
    const event = await askForEvent(answer);

    expect(event).toMatchObject({
      status: 200,
      ended: "complete",
      usageState: "unknown",
      costNanoUsd: null,
      costs: null,
    });
    expect(eventProblem(event)).toBeNull();
  });

  it.each<[string, Answerer, string]>([
    ["whole", whole(HALVES), COST_OF_HALVES],
    [
      "beside iterations that name no count",
      whole({ ...HALVES, iterations: [{ type: "message" }, null, 5] }),
      COST_OF_HALVES,
    ],
    [
      "beside iterations with null for counts",
      whole({ ...HALVES, iterations: [{ type: "message", model: MODEL, input_tokens: null, output_tokens: null }] }),
      COST_OF_HALVES,
    ],
    [
      "beside iterations of zeros",
      whole({ ...HALVES, iterations: [ZEROS, { ...ZEROS, model: MODEL }] }),
      COST_OF_HALVES,
    ],
    [
      "with a share of thinking that cannot be read",
      whole({ ...HALVES, output_tokens_details: { thinking_tokens: "9" } }),
      COST_OF_HALVES,
    ],
    ["of a stream whose start was corrected", stream({ input_tokens: "1", output_tokens: 1 }, HALVES), COST_OF_HALVES],
  ])("that can be read %s is exact", async (_name, answer, costNanoUsd) => {
    expect(await askForEvent(answer)).toMatchObject({ usageState: "exact", costNanoUsd });
  });

  it.each([{}, { output_tokens: null }])(
    "of a stream that ends with %j is estimated from its text, as of a stream that was cut",
    async (end) => {
      const event = await askForEvent(stream({ input_tokens: 1000, output_tokens: 1 }, end));

      expect(event).toMatchObject({ usageState: "estimated", usage: { inputTokens: 1000, outputTokens: 10 } });
    },
  );

  it("with thousands of different iterations fits a record, at the price of their models", async () => {
    const iterations = Array.from({ length: 5000 }, (_, at) => ({ type: `kind ${at}`, model: MODEL, ...HALVES }));
    const event = await askForEvent(whole({ iterations }));

    expect(event).toMatchObject({ usageState: "exact", costNanoUsd: String(5000 * Number(COST_OF_HALVES)) });
    expect(eventProblem(event)).toBeNull();
    expect(encodeRecord({ close: event }).length).toBeLessThan(RECORD_BYTES_MAX / 4);
  });

  it("with thousands of iterations of different models is of unknown cost, and fits a record", async () => {
    const model = (at: number) => `\u0001${at}`.padEnd(256, "\u0001");
    const iterations = Array.from({ length: 5000 }, (_, at) => ({ type: "message", model: model(at), ...HALVES }));
    const event = await askForEvent(whole({ iterations }));

    expect(event).toMatchObject({ usageState: "unknown", costNanoUsd: null });
    expect(encodeRecord({ close: event }).length).toBeLessThan(RECORD_BYTES_MAX);
    const most = await askForEvent(whole({ iterations: iterations.slice(0, 100) }));
    expect(encodeRecord({ close: most }).length).toBeLessThan(RECORD_BYTES_MAX);
    expect(most.usageParts).toContain("\\u0001");
  });

  it("is of nothing where an error comes under a status of success, and the request counts as failed", async () => {
    const event = await askForEvent((response) =>
      response
        .writeHead(200, { "content-type": "application/json" })
        .end('{"type":"error","error":{"type":"overloaded_error","message":"x"}}'),
    );

    expect(event).toMatchObject({ ended: "error", errorType: "overloaded_error", usageState: "none" });
  });

  it("is of nothing where the first event of a stream is an error", async () => {
    const event = await askForEvent(buildStream(OVERLOADED));

    expect(event).toMatchObject({ ended: "error", usageState: "none" });
  });

  it("is of unknown cost where a stream without a start says text and then an error", async () => {
    expect(await askForEvent(buildStream(TEXT, OVERLOADED))).toMatchObject({
      usageState: "unknown",
      costNanoUsd: null,
    });
  });

  it("is of unknown cost where a stream began with an unreadable one and then says an error", async () => {
    const start = { type: "message", model: MODEL, content: [], usage: {} };
    const event = await askForEvent(buildStream({ type: "message_start", message: start }, TEXT, OVERLOADED));

    expect(event).toMatchObject({ ended: "error", usageState: "unknown", costNanoUsd: null });
  });
});
