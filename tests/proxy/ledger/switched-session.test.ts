import { afterAll, beforeAll, expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { priceRequest } from "#core/costs/price-request.ts";
import { emptyUsage } from "#core/costs/usage.ts";
import { clearAway, ONE_RULE, type ProxyProcess, startProxy, until } from "#tests/support/proxy-process.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const ASKED = "claude-opus-5-5";
const OUTPUT = 40;
let upstream: ScriptedUpstream;
let proxy: ProxyProcess;

/** Prompt tokens that each model has cached: the provider's cache, for one conversation that only grows. */
const cached = new Map<string, number>();
const countTokens = (body: { messages: unknown }): number => 4_000 + JSON.stringify(body.messages).length;

beforeAll(async () => {
  upstream = await startScriptedUpstream((response, { body }) => {
    const sent = JSON.parse(body.toString("utf8"));
    const read = cached.get(sent.model) ?? 0;
    const tokens = countTokens(sent);
    cached.set(sent.model, tokens);
    response.setHeader("content-type", "application/json");
    const usage = {
      input_tokens: 0,
      output_tokens: OUTPUT,
      cache_creation_input_tokens: tokens - read,
      cache_read_input_tokens: read,
    };
    const content = [{ type: "text", text: "Done." }];
    response.end(JSON.stringify({ model: sent.model, stop_reason: "end_turn", content, usage }));
  });
  proxy = await startProxy({ upstreamUrl: upstream.url, rules: ONE_RULE });
});
afterAll(async () => {
  await clearAway(proxy);
  await upstream.close();
});

const messages: { role: string; content: string }[] = [{ role: "user", content: "Fix the build." }];

async function nextTurn(): Promise<void> {
  const answer = await fetch(`${proxy.url}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": "k", "x-claude-code-session-id": "session-warm" },
    body: JSON.stringify({ model: ASKED, max_tokens: 100, messages }),
  });
  await answer.text();
  messages.push(
    { role: "assistant", content: "Done." },
    { role: "user", content: `And now number ${messages.length}.` },
  );
}

const isPaused = async (wanted: boolean): Promise<void> => {
  proxy.writeRules(wanted ? ONE_RULE.replace("enabled = true", "enabled = false") : ONE_RULE);
  await until(async () => {
    const health = (await (await fetch(`${proxy.url}/health`)).json()) as { overrides_enabled: boolean };
    return health.overrides_enabled === !wanted;
  });
};

it("books what a pause of the rules and its end write again, so that the full price is that of one model throughout", async () => {
  const take = async (turns: number) => {
    for (let turn = 0; turn < turns; turn++) await nextTurn();
  };
  await take(2);
  await isPaused(true);
  await take(2);
  await isPaused(false);
  await take(2);
  const events = await proxy.events(6);

  const models = ["claude-haiku-5-5", "claude-haiku-5-5", ASKED, ASKED, "claude-haiku-5-5", "claude-haiku-5-5"];
  expect(events.map(({ served_model }) => served_model)).toEqual(models);
  // Every prompt token the requested model had before would have been read by it.
  let before = 0;
  const catalogue = loadCatalogue();
  for (const row of events) {
    const tokens = Number(row.cache_read_tokens) + Number(row.cache_write_5m_tokens);
    const would = { cacheReadTokens: before, cacheWrite5mTokens: tokens - before, outputTokens: OUTPUT };
    const usage = { ...emptyUsage(), ...would };
    const context = { serviceTier: null, speed: null, inferenceGeo: null };
    const atMs = Number(row.started_at_ms);
    const truth = priceRequest({ requested: ASKED, served: ASKED, usage, context, atMs }, catalogue);
    expect(BigInt(row.cost_nano_usd ?? 0) + BigInt(row.saved_nano_usd ?? 0)).toBe(truth.cost);
    expect(Number(row.rewritten_tokens) > 0).toBe(row.cache_cause === "model-by-rule");
    before = tokens;
  }
  const causes = events.map(({ cache_cause }) => cache_cause);
  expect(causes).toEqual(["first", "grown", "model-by-rule", "grown", "model-by-rule", "grown"]);
  expect(Number(events[2]?.saved_nano_usd)).toBeLessThan(0);
});
