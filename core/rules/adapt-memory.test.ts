import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findModel } from "#core/costs/model-key.ts";
import { indexBody } from "#core/json-index/body-index.ts";
import type { AdaptInput } from "#core/rules/adapt/adaptation.ts";
import { adapt } from "#core/rules/adapt.ts";
import { AdaptMemory } from "#core/rules/adapt-memory.ts";
import { catalogue, model } from "#tests/support/adapted.ts";
import { rounds } from "#tests/support/rounds.ts";

interface Asked {
  body: Record<string, unknown>;
  to: string;
  betas: string[];
  tokens: number | null;
  endpoint: AdaptInput["endpoint"];
  safeguards: "skip" | "drop";
  today: string;
  indent?: number | undefined;
}

function buildInput({ body, to, betas, tokens, endpoint, safeguards, today, indent }: Asked): AdaptInput {
  const bytes = new TextEncoder().encode(JSON.stringify(body, null, indent));
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
    options: { safeguards, fastMode: "drop" },
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
const asking = { role: "user", content: [{ type: "text", text: 'Und jetzt? – "so"' }] };
const begun = { role: "assistant", content: "It is" };
const reminder = { role: "system", content: "Today is Monday.", output_config: { effort: "low" } };
const ended = { role: "system", content: "Until then.", clear_at: 3 };
const empty = { role: "system", content: "" };
const mixed = { content: [{ type: "text", text: "a" }], role: "assistant", output_config: { effort: "high" } };
const picture = { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } };
const shown = { role: "user", content: [picture] };
const found = { role: "user", content: [{ type: "tool_result", content: [{ type: "tool_reference", name: "f" }] }] };
/** Mostly nothing: few requests ask for everything at once. */
const maybe = <T>(...values: T[]) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom(...values) });
const messages = fc.array(
  fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(user, asking, begun) },
    { weight: 4, arbitrary: fc.constantFrom(reminder, empty, mixed) },
    { weight: 1, arbitrary: fc.constantFrom<unknown>(ended, shown, found, 7, { role: "user" }) },
  ),
  { minLength: 1, maxLength: 6 },
);
const tool = { name: "f", input_schema: { type: "object", properties: { type: { type: "string" } } } };

const fields = fc.record({
  model: fc.constantFrom(
    "claude-opus-5-5",
    "claude-opus-5-5",
    "claude-sonnet-5-5",
    "claude-sonnet-4-5",
    "unknown-model",
  ),
  max_tokens: maybe(0, 1_000, 32_000, 128_000),
  thinking: maybe(
    { type: "adaptive", display: "omitted" },
    { type: "disabled" },
    { type: "enabled", budget_tokens: 2_000 },
  ),
  context_management: maybe({ edits: [{ type: "clear_thinking_20251015" }, { type: "clear_tool_uses_20250919" }] }),
  output_config: maybe({ effort: "max" }, { effort: "low" }, { task_budget: { total: 1 } }),
  temperature: maybe(0, 1),
  speed: maybe("fast", "standard"),
  safeguards: maybe({ mode: "auto" }),
  fallbacks: maybe([{ model: "claude-sonnet-5-5" }]),
  inference_geo: maybe("us"),
});
const growing = fc.record({
  messages,
  system: maybe("Be brief.", "Be brief, please."),
  tools: maybe([tool], [tool, tool], [{ ...tool, strict: true }], [{ type: "computer_20250124" }]),
  tool_choice: maybe({ type: "any" }, { type: "auto" }),
  metadata: maybe({ user_id: "a" }, { user_id: "b".repeat(30) }),
});

const session = fc.record({
  fields,
  order: fc.constantFrom([0, 1, 2], [1, 0, 2], [2, 1, 0]),
  to: fc.constantFrom("haiku-5-5", "sonnet-5-5", "haiku-4-5", "haiku-4-5", "opus-5-5"),
  betas: fc.subarray(["effort-2025-11-24", "context-1m-2025-08-07", "fast-mode-2026-02-01"]),
  endpoint: fc.constantFrom("messages" as const, "messages" as const, "count_tokens" as const),
  safeguards: fc.constantFrom("skip" as const, "drop" as const),
  today: fc.constantFrom("2026-11-25", "2026-11-25", "2027-06-01"),
});
const turn = fc.record({
  growing,
  tokens: fc.constantFrom(null, 10, 10, 10, 150_000, 199_000, 990_000),
  indent: fc.constantFrom(undefined, undefined, undefined, 1),
});

type Session = typeof session extends fc.Arbitrary<infer T> ? T : never;
type Turn = typeof turn extends fc.Arbitrary<infer T> ? T : never;

function askedBy(
  { fields: { model: name, ...settings }, order, ...rest }: Session,
  { growing: grown, tokens, indent }: Turn,
): Asked {
  const parts = [{ model: name }, grown, settings];
  const body = JSON.parse(JSON.stringify(Object.assign({}, ...order.map((part) => parts[part])))) as Asked["body"];
  return { ...rest, body, tokens, indent };
}

describe("the memory of what was decided about a request's settings", () => {
  it("finds what an adaptation from nothing finds, to the last byte", () => {
    const memory = new AdaptMemory();
    fc.assert(
      fc.property(session, fc.array(turn, { minLength: 2, maxLength: 4 }), (one, turns) => {
        for (const next of turns) {
          const input = buildInput(askedBy(one, next));
          expect(memory.adapt(input)).toEqual(adapt(input));
        }
      }),
      { numRuns: rounds(1_500) },
    );
    expect(memory.hits).toBeGreaterThan(rounds(150));
  });

  it("knows a session's next turn, with any conversation in between", () => {
    const memory = new AdaptMemory();
    for (const to of ["haiku-5-5", "haiku-4-5"]) {
      const first = { ...USUAL, to, body: { ...USUAL.body, output_config: { effort: "high" } } };
      memory.adapt(buildInput(first));
      const hits = memory.hits;
      const next = { ...first, body: { ...first.body, messages: [user, reminder, begun, asking] }, tokens: 2_000 };

      expect(memory.adapt(buildInput(next))).toEqual(adapt(buildInput(next)));
      expect(memory.hits).toBe(hits + 1);
    }
  });

  it("does not vouch for a prompt that no longer fits", () => {
    const memory = new AdaptMemory();
    memory.adapt(buildInput(USUAL));
    const window = model("haiku-5-5").contextWindowSafe ?? 0;

    expect(memory.adapt(buildInput({ ...USUAL, tokens: window - 32_000 }))).toMatchObject({ kind: "adapted" });
    expect(memory.hits).toBe(1);
    expect(memory.adapt(buildInput({ ...USUAL, tokens: window - 31_999 }))).toMatchObject({
      kind: "skip",
      code: "E21",
    });
    expect(memory.hits).toBe(1);
  });
});
