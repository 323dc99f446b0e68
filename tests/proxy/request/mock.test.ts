// Long because the fake provider has many answers, and each is one short test.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Mock, startMock } from "#mock/server.ts";

let mock: Mock;
beforeAll(async () => {
  mock = await startMock();
});
afterEach(() => mock.reset());
afterAll(() => mock.close());

const ask = (body: object, headers: Record<string, string> = {}) =>
  fetch(`${mock.url}/v1/messages`, {
    method: "POST",
    redirect: "manual",
    headers: { "content-type": "application/json", "x-api-key": "k", "anthropic-version": "2023-06-01", ...headers },
    body: JSON.stringify({ max_tokens: 100, messages: [{ role: "user", content: "say hi" }], ...body }),
  });

interface Answer {
  model: string;
  content: { type: string; text?: string; name?: string; id?: string; input?: Record<string, unknown> }[];
  stop_reason: string;
  usage: Record<string, number>;
}
const answer = async (body: object, headers: Record<string, string> = {}) =>
  (await (await ask(body, headers)).json()) as Answer;
const readError = async (response: Response) => (await response.json()) as { error: { type: string; message: string } };

test("the mock streams the provider's events in order, and the same for the same request", async () => {
  const first = await (await ask({ model: "claude-sonnet-5-5", stream: true })).text();
  const second = await (await ask({ model: "claude-sonnet-5-5", stream: true })).text();

  expect(first).toBe(second);
  const events = [...first.matchAll(/^event: (\w+)$/gm)].map((match) => match[1]);
  expect(events[0]).toBe("message_start");
  expect(events).toContain("ping");
  expect(events.slice(-3)).toEqual(["content_block_stop", "message_delta", "message_stop"]);
});

test("the mock answers an alias with the dated id, and refuses dotted, retired and unknown ids", async () => {
  expect((await answer({ model: "claude-haiku-4-5" })).model).toBe("claude-haiku-4-5-20251001");
  for (const model of ["claude-sonnet-4.5-20250929", "claude-sonnet-4", "gpt-4o", "mock-no-such-mood"]) {
    const response = await ask({ model });
    expect(response.status, model).toBe(404);
    expect((await readError(response)).error).toEqual({ type: "not_found_error", message: `model: ${model}` });
  }
});

test("the mock writes a marked prefix once and reads it from then on, also when the marker moves", async () => {
  const system = [{ type: "text", text: "rules ".repeat(2000), cache_control: { type: "ephemeral", ttl: "1h" } }];
  const turn = (text: string) => ({
    role: "user",
    content: [{ type: "text", text: text.repeat(400), cache_control: { type: "ephemeral" } }],
  });
  const first = await answer({ model: "claude-opus-5-5", system, messages: [turn("one ")] });
  const next = await answer({
    model: "claude-opus-5-5",
    system,
    messages: [turn("one "), { role: "assistant", content: "ok" }, turn("two ")],
  });

  expect(first.usage.cache_read_input_tokens).toBe(0);
  const written = first.usage.cache_creation_input_tokens ?? 0;
  expect(written).toBeGreaterThan(3000);
  expect(first.usage.cache_creation).toMatchObject({ ephemeral_1h_input_tokens: expect.any(Number) });
  expect(next.usage.cache_creation_input_tokens).toBeGreaterThan(0);
  // The moved marker leaves the earlier block without its cache_control, and it is still found.
  expect(next.usage.cache_read_input_tokens).toBe(written);
});

test("the mock acts like an agent: one tool call on request, a closing text after its result", async () => {
  const tools = [{ name: "Read", input_schema: { type: "object", properties: { file_path: { type: "string" } } } }];
  const messages: object[] = [{ role: "user", content: "Please read /tmp/notes.txt" }];
  const call = await answer({ model: "claude-haiku-5-5", tools, messages });
  expect(call.stop_reason).toBe("tool_use");
  expect(call.content.at(-1)).toMatchObject({ type: "tool_use", name: "Read", input: { file_path: "/tmp/notes.txt" } });

  messages.push({ role: "assistant", content: call.content });
  messages.push({
    role: "user",
    content: [{ type: "tool_result", tool_use_id: call.content.at(-1)?.id, content: "buy milk" }],
  });
  const closing = await answer({ model: "claude-haiku-5-5", tools, messages });
  expect(closing.stop_reason).toBe("end_turn");
  expect(closing.content.at(-1)?.text).toContain("buy milk");
});

const haiku45 = "claude-haiku-4-5-20251001";
const prompt = { role: "user", content: "hi" };
const refused: [name: string, body: object, says: RegExp][] = [
  ["max_tokens over the model's", { model: haiku45, max_tokens: 128_000 }, /128000 > 64000, which is the maximum/],
  [
    "adaptive thinking on a manual model",
    { model: haiku45, thinking: { type: "adaptive" } },
    /adaptive thinking is not supported/,
  ],
  [
    "enabled thinking on an adaptive model",
    { model: "claude-opus-5-5", thinking: { type: "enabled", budget_tokens: 2000 } },
    /thinking.type.enabled/,
  ],
  [
    "disabled thinking where it always thinks",
    { model: "claude-opus-5-5", thinking: { type: "disabled" } },
    /thinking.type.disabled/,
  ],
  [
    "disabled thinking with too much effort",
    { model: "claude-haiku-5-5", thinking: { type: "disabled" }, output_config: { effort: "max" } },
    /with effort "max"/,
  ],
  [
    "effort on a model without it",
    { model: haiku45, output_config: { effort: "low" } },
    /does not support the effort parameter/,
  ],
  [
    "an effort level it does not know",
    { model: "claude-opus-4-6", output_config: { effort: "xhigh" } },
    /"xhigh" is not supported/,
  ],
  [
    "role system in messages",
    { model: haiku45, messages: [prompt, { role: "system", content: "x" }] },
    /Unexpected role "system"/,
  ],
  [
    "per-message output_config",
    { model: "claude-opus-4-8", messages: [{ ...prompt, output_config: { effort: "low" } }] },
    /output_config: Extra inputs/,
  ],
  ["temperature on a new model", { model: "claude-opus-5-5", temperature: 0.2 }, /`temperature` is deprecated/],
  ["temperature and top_p together", { model: haiku45, temperature: 0.2, top_p: 0.5 }, /cannot both be specified/],
  [
    "a prefilled answer",
    { model: "claude-opus-5-5", messages: [prompt, { role: "assistant", content: "Sure" }] },
    /prefill/,
  ],
  ["a forced tool", { model: "claude-opus-5-5", tool_choice: { type: "any" } }, /tool_choice/],
  ["safeguards where they are unknown", { model: haiku45, safeguards: [] }, /safeguards: Extra inputs/],
  [
    "a prompt over the window",
    { model: haiku45, messages: [{ role: "user", content: "x".repeat(900_000) }] },
    /prompt is too long/,
  ],
];

test.each(refused)("the mock refuses %s as the real model does", async (_name, body, says) => {
  const response = await ask(body);

  expect(response.status).toBe(400);
  const { error } = await readError(response);
  expect(error.type).toBe("invalid_request_error");
  expect(error.message).toMatch(says);
});

test("the mock refuses an unknown beta value, a missing key and a missing version", async () => {
  expect((await ask({ model: haiku45 }, { "anthropic-beta": "warp-drive-2026-01-01" })).status).toBe(400);
  const bare = await fetch(`${mock.url}/v1/messages`, { method: "POST", body: "{}" });
  expect(bare.status).toBe(401);
});

describe("moods of the mock", () => {
  test("give the error that a sentinel model names", async () => {
    expect((await ask({ model: "mock-overloaded" })).status).toBe(529);
    const limited = await ask({ model: "mock-rate-limited-7" });
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "7"]);
    expect((await ask({ model: "mock-status-500" })).status).toBe(500);
    expect((await ask({ model: "mock-redirect" })).status).toBe(302);
    expect((await (await ask({ model: "mock-html-502" })).text()).startsWith("<html>")).toBe(true);
  });

  test("for one model leave the others alone", async () => {
    const headers = { "x-mock-mood": "status-400@claude-haiku-5-5" };
    expect((await ask({ model: "claude-haiku-5-5" }, headers)).status).toBe(400);
    expect((await ask({ model: "claude-opus-5-5" }, headers)).status).toBe(200);
  });

  test("cut a stream without message_delta, and send a mid-stream error as an event", async () => {
    const cut = await ask({ model: "mock-cut-after-3", stream: true });
    await expect(cut.text()).rejects.toThrow();
    const failed = await (await ask({ model: "mock-error-mid-4", stream: true })).text();
    expect(failed).toMatch(/event: error\ndata: .*overloaded_error/);
    expect(failed).not.toContain("message_stop");
  });

  test("send the same response compressed, split, noisy and with CRLF", async () => {
    for (const mood of ["gzip", "split-7", "noisy", "crlf"]) {
      const text = await (await ask({ model: "mock-model", stream: true }, { "x-mock-mood": mood })).text();
      expect(text, mood).toContain("message_stop");
    }
  });

  test("set usage exactly", async () => {
    const usage = JSON.stringify({ input: 11, write5m: 600, write1h: 400, read: 2000, output: 25 });
    const { usage: used } = await answer({ model: "claude-opus-5-5" }, { "x-mock-usage": usage });
    expect(used).toMatchObject({
      input_tokens: 11,
      cache_creation_input_tokens: 1000,
      cache_read_input_tokens: 2000,
      output_tokens: 25,
    });
  });
});

test("the mock records requests and counts them per id", async () => {
  await ask({ model: haiku45 }, { "x-mock-id": "a-1", "x-cco-project": "p" });

  expect(mock.requests).toHaveLength(1);
  expect(mock.requests[0]).toMatchObject({ method: "POST", path: "/v1/messages", headers: { "x-cco-project": "p" } });
  expect(mock.served.get("a-1")).toEqual({ received: 1, completed: 1 });
});

test("the mock answers models, token counts, batches, files and probes like the provider", async () => {
  const headers = { "x-api-key": "k", "anthropic-version": "2023-06-01" };
  const models = (await (await fetch(`${mock.url}/v1/models?limit=1000`, { headers })).json()) as {
    data: { id: string }[];
  };
  expect(models.data.map((model) => model.id)).toContain("claude-haiku-5-5");
  expect(models.data.map((model) => model.id)).not.toContain("claude-sonnet-4-20250514");
  const count = await fetch(`${mock.url}/v1/messages/count_tokens?beta=true`, {
    method: "POST",
    headers,
    body: JSON.stringify({ model: "claude-opus-5-5", messages: [prompt] }),
  });
  expect(await count.json()).toEqual({ input_tokens: expect.any(Number) });
  const batch = await fetch(`${mock.url}/v1/messages/batches`, {
    method: "POST",
    headers,
    body: '{"requests":[{},{}]}',
  });
  expect(await batch.json()).toMatchObject({ type: "message_batch", request_counts: { processing: 2 } });
  expect((await fetch(`${mock.url}/api/hello`, { method: "HEAD" })).status).toBe(200);
});

test("the mock works off a batch, and gives its results whole and in parts", async () => {
  const headers = { "x-api-key": "k", "anthropic-version": "2023-06-01" };
  const url = `${mock.url}/v1/messages/batches`;
  const params = { model: "claude-opus-5-5", max_tokens: 50, messages: [prompt] };
  const requests = [
    { custom_id: "good", params },
    { custom_id: "bad", params: { ...params, model: "claude-unheard-9" } },
  ];
  const made = await (await fetch(url, { method: "POST", headers, body: JSON.stringify({ requests }) })).json();
  const { id } = made as { id: string };
  expect(made).toMatchObject({ processing_status: "in_progress", results_url: null });
  expect((await fetch(`${url}/${id}/results`, { headers })).status).toBe(400);
  const read = async () => (await (await fetch(`${url}/${id}`, { headers })).json()) as object;
  await expect.poll(read, { timeout: 20_000 }).toMatchObject({
    processing_status: "ended",
    request_counts: { processing: 0, succeeded: 1, errored: 1 },
    results_url: expect.stringContaining(`${id}/results`),
  });

  const lines = await (await fetch(`${url}/${id}/results`, { headers })).text();
  const [good, bad] = lines
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(good).toMatchObject({
    custom_id: "good",
    result: { type: "succeeded", message: { model: "claude-opus-5-5", usage: { service_tier: "batch" } } },
  });
  expect(bad).toMatchObject({ custom_id: "bad", result: { type: "errored" } });
  const part = await fetch(`${url}/${id}/results`, { headers: { ...headers, range: "bytes=5-9" } });
  expect([part.status, await part.text()]).toEqual([206, lines.slice(5, 10)]);

  const other = (await (
    await fetch(url, { method: "POST", headers, body: '{"requests":[{}]}' })
  ).json()) as typeof made;
  await fetch(`${url}/${(other as { id: string }).id}/cancel`, { method: "POST", headers });
  const cancelled = await (await fetch(`${url}/${(other as { id: string }).id}`, { headers })).json();
  expect(cancelled).toMatchObject({ processing_status: "ended", request_counts: { canceled: 1 } });
  expect(await (await fetch(url, { headers })).json()).toMatchObject({ first_id: (other as { id: string }).id });
});
