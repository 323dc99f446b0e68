import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findModel } from "#core/costs/model-key.ts";
import { indexBody } from "#core/protocol/body-index.ts";
import type { AdaptInput } from "#core/rules/adapt/adaptation.ts";
import { adapt } from "#core/rules/adapt.ts";
import { NameOnlyMemory } from "#core/rules/name-only.ts";
import { catalogue, model } from "#tests/support/adapted.ts";

interface Asked {
  body: Record<string, unknown>;
  to: string;
  betas: string[];
  tokens: number | null;
  endpoint: AdaptInput["endpoint"];
  safeguards: "skip" | "drop";
  today: string;
}

function inputOf({ body, to, betas, tokens, endpoint, safeguards, today }: Asked): AdaptInput {
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  const index = indexBody(bytes, isUtf8);
  if (!index.ok) throw new Error(index.error.message);
  return {
    bytes,
    index: index.value,
    headers: { anthropicVersion: "2023-06-01", betas },
    requested: findModel(catalogue, index.value.model),
    target: model(to),
    catalogue,
    promptTokensEstimate: tokens,
    wishes: { safeguards, fastMode: "drop" },
    endpoint,
    today,
  };
}

const USUAL: Asked = {
  body: { model: "claude-opus-5-5", messages: [{ role: "user", content: "hi" }], max_tokens: 32_000, stream: true },
  to: "haiku-5-5",
  betas: ["effort-2025-11-24"],
  tokens: 1_000,
  endpoint: "messages",
  safeguards: "skip",
  today: "2026-11-25",
};

const user = { role: "user", content: "hi" };
const begun = { role: "assistant", content: "It is" };
const reminder = { role: "system", content: "Today is Monday.", output_config: { effort: "low" } };
/** Mostly nothing: few requests ask for everything at once. */
const maybe = <T>(...values: T[]) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom(...values) });

const asked: fc.Arbitrary<Asked> = fc.record({
  body: fc
    .record({
      model: fc.constantFrom("claude-opus-5-5", "claude-sonnet-5-5", "claude-sonnet-4-5", "nobody-knows"),
      messages: fc.constantFrom([user], [user, begun], [reminder, user], [user, begun, user]),
      system: maybe("Be brief.", "Be brief, please."),
      tools: maybe([{ name: "f", input_schema: { type: "object" }, strict: true }], [{ type: "computer_20250124" }]),
      tool_choice: maybe({ type: "any" }, { type: "auto" }),
      max_tokens: maybe(0, 1_000, 32_000, 128_000),
      thinking: maybe({ type: "adaptive" }, { type: "disabled" }, { type: "enabled", budget_tokens: 2_000 }),
      output_config: maybe({ effort: "max" }, { effort: "low" }, { task_budget: { total: 1 } }),
      temperature: maybe(0, 1),
      speed: maybe("fast", "standard"),
      safeguards: maybe({ mode: "auto" }),
      fallbacks: maybe([{ model: "claude-sonnet-5-5" }]),
      inference_geo: maybe("us"),
    })
    .map((body) => JSON.parse(JSON.stringify(body)) as Record<string, unknown>),
  to: fc.constantFrom("haiku-5-5", "sonnet-5-5", "haiku-4-5", "opus-5-5"),
  betas: fc.subarray(["effort-2025-11-24", "context-1m-2025-08-07", "fast-mode-2026-02-01"]),
  tokens: fc.constantFrom(null, 10, 150_000, 199_000, 990_000),
  endpoint: fc.constantFrom("messages" as const, "count_tokens" as const),
  safeguards: fc.constantFrom("skip" as const, "drop" as const),
  today: fc.constantFrom("2026-11-25", "2027-06-01"),
});

describe("the memory of requests that change in nothing but the model's name", () => {
  it("says so only where an adaptation would find the same", () => {
    const memory = new NameOnlyMemory();
    let remembered = 0;
    fc.assert(
      fc.property(asked, (one) => {
        const input = inputOf(one);
        const outcome = adapt(input);
        if (memory.has(input)) {
          remembered++;
          expect(outcome).toMatchObject({ kind: "adapted", changes: [], betas: one.betas });
          expect(outcome.kind === "adapted" && outcome.edits.map(({ code }) => code)).toEqual(["model"]);
        }
        memory.learn(input, outcome);
      }),
      { numRuns: 20_000 },
    );
    expect(remembered).toBeGreaterThan(20);
  });

  it("knows a session's next turn, whatever has been said meanwhile", () => {
    const memory = new NameOnlyMemory();
    const first = inputOf(USUAL);
    expect(memory.has(first)).toBe(false);
    memory.learn(first, adapt(first));

    const next = { ...USUAL, body: { ...USUAL.body, messages: [user, begun, user] }, tokens: 2_000 };

    expect(memory.has(inputOf(next))).toBe(true);
  });

  it("does not vouch for a prompt that no longer fits", () => {
    const memory = new NameOnlyMemory();
    const first = inputOf(USUAL);
    memory.learn(first, adapt(first));
    const window = model("haiku-5-5").contextWindowSafe ?? 0;

    expect(memory.has(inputOf({ ...USUAL, tokens: window - 32_000 }))).toBe(true);
    expect(memory.has(inputOf({ ...USUAL, tokens: window - 31_999 }))).toBe(false);
  });
});
