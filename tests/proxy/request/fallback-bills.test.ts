import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { parseUsageParts } from "#core/activity/usage-parts.ts";
import { toPriceInput, wrongByPriceList } from "#core/costs/price-again.ts";
import { partCosts, priceRequest } from "#core/costs/price-request.ts";
import { emptyUsage } from "#core/costs/usage.ts";
import { decodeRecord, encodeRecord } from "#proxy/spool/format.ts";
import { eventCells, eventColumns, eventOfRow } from "#store/event-columns.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES, until } from "#tests/support/proxy-process.ts";
import { type Answerer, type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const OPUS = "claude-opus-5-5";
const HAIKU = "claude-haiku-5-5";
const catalogue = loadCatalogue();
let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: NO_RULES });
});
beforeEach(() => {
  proxy.closed.length = 0;
});
afterAll(async () => {
  await proxy.end();
  await upstream.close();
});

const iterations = [
  { type: "message", model: OPUS, input_tokens: 4_000, output_tokens: 12 },
  { type: "fallback_message", model: HAIKU, input_tokens: 4_000, output_tokens: 80 },
];
const event = (data: Record<string, unknown>) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
const head = { id: "msg_1", type: "message", role: "assistant", content: [], stop_reason: null };

/** Stream that reports the fallback at its end; the totals are of the attempt that answered. */
const streamed: Answerer = (response) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end(
    event({
      type: "message_start",
      message: { ...head, model: HAIKU, usage: { input_tokens: 4_000, output_tokens: 1 } },
    }) +
      event({
        type: "message_delta",
        delta: { stop_reason: "end_turn" },
        usage: { input_tokens: 4_000, output_tokens: 80, iterations },
      }) +
      event({ type: "message_stop" }),
  );
};

/** Stream that reports the fallback at its start only; the usages that follow list none. */
const streamedAtStart: Answerer = (response) => {
  const listed = [iterations[0], { ...iterations[1], output_tokens: 1 }];
  const usage = { input_tokens: 4_000, output_tokens: 1, iterations: listed };
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end(
    event({ type: "message_start", message: { ...head, model: HAIKU, usage } }) +
      event({ type: "message_delta", delta: {}, usage: { output_tokens: 80, iterations: null } }) +
      event({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 80 } }) +
      event({ type: "message_stop" }),
  );
};

const whole: Answerer = (response) => {
  response.writeHead(200, { "content-type": "application/json" });
  const usage = { input_tokens: 4_000, output_tokens: 80, iterations };
  response.end(JSON.stringify({ ...head, model: HAIKU, stop_reason: "end_turn", usage }));
};

const withoutIterations: Answerer = (response) => {
  response.writeHead(200, { "content-type": "application/json" });
  const usage = { input_tokens: 4_000, output_tokens: 80 };
  response.end(JSON.stringify({ ...head, model: HAIKU, stop_reason: "end_turn", usage }));
};

async function settled(answer: Answerer, stream = false) {
  upstream.answer = answer;
  const response = await fetch(`${proxy.url}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": "k", "anthropic-version": "2023-06-01" },
    body: JSON.stringify({ model: OPUS, max_tokens: 100, stream, messages: [{ role: "user", content: "hello" }] }),
  });
  await response.text();
  await until(() => proxy.closed.length > 0);
  const [closed] = proxy.closed;
  if (!closed) throw new Error("nothing was recorded");
  return closed;
}

const priceTokens = (model: string, inputTokens: number, outputTokens: number): bigint => {
  const usage = { ...emptyUsage(), inputTokens, outputTokens };
  const context = { serviceTier: null, speed: null, inferenceGeo: null };
  return priceRequest({ requested: model, served: model, usage, context, atMs: Date.now() }, catalogue).cost ?? -1n;
};

it.each([
  ["a stream", streamed, true],
  ["a stream that lists them at its start only", streamedAtStart, true],
  ["a whole answer", whole, false],
])("books a fallback at the provider at the prices of both models, for %s", async (_name, answer, isStream) => {
  const closed = await settled(answer, isStream);

  expect(closed.costNanoUsd).toBe((priceTokens(OPUS, 4_000, 12) + priceTokens(HAIKU, 4_000, 80)).toString());
  expect(closed.usage).toMatchObject({ inputTokens: 8_000, outputTokens: 92 });
  expect(closed.savedNanoUsd).toBe("0");
});

it("books a response by another model at that model when no iterations are listed", async () => {
  const closed = await settled(withoutIterations);

  expect(closed).toMatchObject({ servedModel: OPUS, answeredModel: HAIKU });
  expect(closed.costNanoUsd).toBe(priceTokens(HAIKU, 4_000, 80).toString());
});

it("stores the bill in spool and database, so that verification recomputes the same cost", async () => {
  const closed = await settled(whole);
  const line = Buffer.from(encodeRecord({ close: closed }));
  const decoded = decodeRecord(line, 0, true);
  const row = Object.fromEntries(eventCells(closed).map((cell, at) => [eventColumns[at]?.column, cell]));
  const stored = eventOfRow(row);

  expect(decoded).toMatchObject({ kind: "record", record: { close: { usageParts: closed.usageParts } } });
  expect(parseUsageParts(stored.usageParts).map(({ model }) => model)).toEqual([OPUS, HAIKU]);
  expect(wrongByPriceList(stored, catalogue)).toEqual([]);
  expect(wrongByPriceList({ ...stored, usageParts: null }, catalogue)).not.toEqual([]);
  const input = toPriceInput(stored);
  expect(input && partCosts(input, catalogue)).toEqual([priceTokens(OPUS, 4_000, 12), priceTokens(HAIKU, 4_000, 80)]);
});
