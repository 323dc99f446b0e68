import { describe, expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { formatUsageParts, parseUsageParts } from "#core/activity/usage-parts.ts";
import { tallyDelta, tallyStart } from "#core/protocol/stream-usage.ts";
import { buildUsageParts } from "./billed-parts.ts";
import { priceCacheHit, priceRequest } from "./price-request.ts";
import { emptyUsage, type Usage } from "./usage.ts";

const catalogue = loadCatalogue();
const context = { serviceTier: null, speed: null, inferenceGeo: null };
const atMs = Date.parse("2026-11-22T12:00:00Z");
const OPUS = "claude-opus-5-5";
const SONNET = "claude-sonnet-5-5";
const HAIKU = "claude-haiku-5-5";

const used = (inputTokens: number, outputTokens: number): Usage => ({ ...emptyUsage(), inputTokens, outputTokens });
/** What one model costs for this, priced alone. */
const alone = (model: string, usage: Usage) =>
  priceRequest({ requested: model, served: model, usage, context, atMs }, catalogue).cost ?? -1n;

/** As the provider answers a request that was sent to `sent`. */
function billed(raw: object, { asked, sent = asked, answered }: { asked: string; sent?: string; answered: string }) {
  const tally = tallyStart(raw, true);
  const bill = { served: sent, answered, usage: tally.usage, iterations: tally.parts };
  const parts = buildUsageParts(bill, catalogue);
  const input = { requested: asked, served: sent, usage: tally.usage, parts, context, atMs };
  return { parts, input, priced: priceRequest(input, catalogue) };
}

const iteration = (type: string, model: string | undefined, input_tokens: number, output_tokens: number) => ({
  ...{ type, input_tokens, output_tokens },
  ...(model === undefined ? {} : { model }),
});

describe("the bill of a request", () => {
  it("prices each iteration of a fallback at the provider at its own model", () => {
    const raw = {
      ...{ input_tokens: 5_000, output_tokens: 70 },
      iterations: [iteration("message", OPUS, 5_000, 10), iteration("fallback_message", HAIKU, 5_000, 70)],
    };

    const { priced, parts } = billed(raw, { asked: OPUS, answered: HAIKU });

    expect(parts.map(({ model }) => model)).toEqual([OPUS, HAIKU]);
    expect(priced.cost).toBe(alone(OPUS, used(5_000, 10)) + alone(HAIKU, used(5_000, 70)));
    // Nothing was overridden, so nothing was saved.
    expect(priced.saved).toBe(0n);
  });

  it("prices an answer by another model at that model, also without iterations", () => {
    const { priced } = billed({ input_tokens: 1_000, output_tokens: 50 }, { asked: OPUS, answered: HAIKU });

    expect(priced.cost).toBe(alone(HAIKU, used(1_000, 50)));
    expect(priced.cost).not.toBe(alone(OPUS, used(1_000, 50)));
  });

  it("counts an attempt that the provider gave up as a cost of the override, not as work", () => {
    const raw = {
      iterations: [iteration("message", HAIKU, 5_000, 10), iteration("fallback_message", SONNET, 5_000, 70)],
    };

    const { priced } = billed(raw, { asked: OPUS, sent: HAIKU, answered: SONNET });

    const cost = alone(HAIKU, used(5_000, 10)) + alone(SONNET, used(5_000, 70));
    expect(priced.cost).toBe(cost);
    expect(priced.baseline).toBe(alone(OPUS, used(5_000, 70)));
    expect(priced.saved).toBe(alone(OPUS, used(5_000, 70)) - cost);
  });

  it("prices an adviser at the adviser's model on both sides", () => {
    const raw = { iterations: [iteration("advisor_message", OPUS, 300, 20), iteration("message", HAIKU, 900, 40)] };

    const { priced } = billed(raw, { asked: SONNET, sent: HAIKU, answered: HAIKU });

    expect(priced.cost).toBe(alone(OPUS, used(300, 20)) + alone(HAIKU, used(900, 40)));
    expect(priced.baseline).toBe(alone(OPUS, used(300, 20)) + alone(SONNET, used(900, 40)));
  });

  it("takes an iteration without a model as the answering model's", () => {
    const raw = { iterations: [iteration("compaction", undefined, 100, 10), iteration("message", undefined, 11, 25)] };

    const { priced } = billed(raw, { asked: HAIKU, answered: HAIKU });

    expect(priced.cost).toBe(alone(HAIKU, used(100, 10)) + alone(HAIKU, used(11, 25)));
  });

  it("leaves a bill unpriced as a whole where one of its models has no price", () => {
    const raw = {
      iterations: [iteration("message", OPUS, 10, 1), iteration("fallback_message", "claude-new-9", 10, 5)],
    };

    expect(billed(raw, { asked: OPUS, answered: "claude-new-9" }).priced).toMatchObject({ cost: null, saved: null });
  });

  it("counts searches once, for any number of iterations", () => {
    const raw = {
      server_tool_use: { web_search_requests: 3 },
      iterations: [iteration("compaction", OPUS, 100, 10), iteration("message", OPUS, 10, 5)],
    };

    const { input, priced } = billed(raw, { asked: OPUS, answered: OPUS });

    expect(input.usage.webSearches).toBe(3);
    expect(priced.costs?.webSearchNanoUsd).toBe(3n * catalogue.webSearchNanoUsd);
  });

  it("records no parts for another spelling of the served model, or one iteration of it", () => {
    expect(billed({ input_tokens: 1 }, { asked: HAIKU, answered: `${HAIKU}-20260801` }).parts).toEqual([]);
    expect(
      billed({ iterations: [iteration("message", HAIKU, 1, 1)] }, { asked: HAIKU, answered: HAIKU }).parts,
    ).toEqual([]);
  });

  it("adds what was estimated of a cut answer to its last part", () => {
    const tally = tallyDelta(tallyStart({ input_tokens: 10 }, false), {
      iterations: [iteration("message", OPUS, 10, 4), iteration("fallback_message", HAIKU, 10, 6)],
    });
    const usage = { ...tally.usage, outputTokens: 25 };

    const parts = buildUsageParts({ served: OPUS, answered: HAIKU, usage, iterations: tally.parts }, catalogue);

    expect(parts.map((part) => part.usage.outputTokens)).toEqual([4, 21]);
  });

  it("avoids what the same bill would have cost when the response cache answers", () => {
    const { input, priced } = billed({ input_tokens: 1_000, output_tokens: 50 }, { asked: HAIKU, answered: OPUS });

    expect(priceCacheHit(input, catalogue)).toMatchObject({ cost: 0n, avoided: priced.baseline });
  });

  it("reads back from its record, and nothing from other text", () => {
    const parts = [{ kind: "message", model: OPUS, usage: used(5, 6) }];

    expect(parseUsageParts(formatUsageParts(parts))).toEqual(parts);
    expect(formatUsageParts([])).toBeNull();
    for (const text of [null, "", "{}", "[1]", '[["message"]]']) expect(parseUsageParts(text)).toEqual([]);
  });
});
