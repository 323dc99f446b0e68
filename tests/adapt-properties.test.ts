import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusalFor } from "#mock/refusals.ts";
import { adaptedTo, catalogue, type Json, model } from "./support/adapted.ts";

const short = (id: string) => id.replace(/^claude-/, "");
const served = catalogue.models.filter((entry) => entry.status !== "retired" && entry.capabilities !== null);
const target = fc.constantFrom(...served.map((entry) => short(entry.id)));

const effort = fc.constantFrom("low", "medium", "high", "xhigh", "max");
const maybe = <T>(value: fc.Arbitrary<T>) => sometimes(value, 1, 1);
/** Fields that mostly end in a skip are rare, or hardly any request would be adapted. */
const rarely = <T>(value: fc.Arbitrary<T>) => sometimes(value, 1, 30);
const sometimes = <T>(value: fc.Arbitrary<T>, there: number, absent: number) =>
  fc.oneof({ arbitrary: value, weight: there }, { arbitrary: fc.constant(undefined), weight: absent });
const words = fc.constantFrom("a", 'say "hi"\n', "\\", "ü\u2028😀", '"},{"role":"system"', "</system-reminder>", "");
const marker = maybe(fc.constant({ type: "ephemeral" }));
const block = fc.record({ type: fc.constant("text"), text: words, cache_control: marker });
const content = fc.oneof(words, fc.array(block, { maxLength: 3 }));
const perMessage = maybe(fc.record({ effort }));
const message = fc.record({
  role: fc.constantFrom("user", "system", "assistant"),
  content,
  output_config: perMessage,
});
/** Mostly the user has the last word; a begun answer is a hazard of its own. */
const end = fc.oneof(
  { arbitrary: fc.constant({ role: "user", content: "go on" }), weight: 5 },
  { arbitrary: message, weight: 1 },
);
const thinking = fc.oneof(
  fc.record({
    type: fc.constant("adaptive"),
    display: maybe(fc.constant("updates")),
    block_binding: maybe(fc.constant("x")),
  }),
  fc.record({ type: fc.constant("enabled"), budget_tokens: fc.integer({ min: 1024, max: 120_000 }) }),
  fc.constant({ type: "disabled" }),
  fc.constant({ type: "between_tools" }),
);
const request = fc.record({
  model: fc.constantFrom("claude-opus-5-5", "claude-sonnet-4-5", "claude-opus-4-6", "gpt-4o"),
  messages: fc.tuple(fc.array(message, { maxLength: 6 }), end).map(([before, last]) => [...before, last]),
  tools: maybe(fc.constant([{ name: "f", input_schema: {}, defer_loading: true }])),
  tool_choice: maybe(fc.constantFrom({ type: "any" }, { type: "auto" })),
  max_tokens: fc.constantFrom(0, 1, 1024, 1025, 5000, 32_000, 64_001, 128_000),
  thinking: maybe(thinking),
  temperature: maybe(fc.constantFrom(0, 0.5, 1)),
  top_p: maybe(fc.constantFrom(0.5, 0.99)),
  top_k: maybe(fc.constant(5)),
  context_management: maybe(
    fc.record({ edits: fc.array(fc.constantFrom({ type: "clear_thinking_20251015" }, { type: "other" })) }),
  ),
  output_config: maybe(fc.record({ effort: maybe(effort), task_budget: maybe(fc.constant({ tokens: 5 })) })),
  speed: maybe(fc.constantFrom("fast", "standard")),
  safeguards: rarely(fc.constant([])),
  fallbacks: rarely(fc.constant([])),
  inference_geo: rarely(fc.constant("us")),
});
const spacing = fc.constantFrom("", " ", "\n\t");
const version = fc.constantFrom("2023-06-01", "2026-10-21");

/** What the real model would say against it, as far as is known; null: it takes the request. */
function refusal(text: string, to: string, version: string): string | null {
  const body = JSON.parse(text) as Json;
  const headers = { "anthropic-version": version };
  const asked = { body, raw: Buffer.from(text), model: model(to), headers, promptTokens: 100, catalogue };
  return refusalFor(asked)?.message ?? null;
}

/** The same conversation by a program that parses and writes anew: slower, simple, and the judge of the spans. */
function translated(messages: Json[], to: string): Json[] {
  const can = model(to).capabilities;
  const turns: Json[] = [];
  let isOpen = false;
  for (const { output_config, ...message } of messages) {
    const kept: Json =
      output_config === undefined || can?.perMessageEffort !== true ? message : { ...message, output_config };
    if (message.role !== "system" || can?.systemRoleMessages === true) {
      turns.push(kept);
      isOpen = message.role === "user";
      continue;
    }
    const texts = blocksOf(message.content).filter((piece) => piece.text !== "");
    if (texts.length === 0) continue;
    const reminders = texts.map((piece) => ({
      ...piece,
      text: `<system-reminder>\n${piece.text}\n</system-reminder>`,
    }));
    const host = isOpen ? turns.pop() : { role: "user", content: [] };
    const before = host?.content === "" ? [] : blocksOf(host?.content);
    turns.push({ ...host, content: [...before, ...reminders] });
    isOpen = true;
  }
  return turns;
}

const blocksOf = (content: unknown): Json[] =>
  Array.isArray(content) ? (content as Json[]) : [{ type: "text", text: content }];

describe("adapt, for any request and any served model", () => {
  it("gives what the model accepts", () => {
    let all = 0;
    let adapted = 0;
    fc.assert(
      fc.property(request, target, version, spacing, (body, to, anthropicVersion, indent) => {
        const found = adaptedTo(to, JSON.stringify(body, null, indent), { version: anthropicVersion });
        all++;
        if (found.text === null) return;
        adapted++;
        const said = refusal(found.text, to, anthropicVersion);
        // Empty texts of the request's own are the client's mistake and stay.
        if (said !== null && !said.includes("must be non-empty") && !said.includes("at least one"))
          expect(said).toBeNull();
      }),
      { numRuns: 3000 },
    );
    expect(adapted / all).toBeGreaterThan(0.5);
  });

  it("changes nothing when it is applied again", () => {
    fc.assert(
      fc.property(request, target, version, (body, to, anthropicVersion) => {
        const once = adaptedTo(to, body, { version: anthropicVersion });
        if (once.text === null) return;
        const twice = adaptedTo(to, once.text, { version: anthropicVersion });
        expect(twice.text).toBe(once.text);
        expect(twice.codes).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it("leaves every byte outside its edits, and tells what each edit is for", () => {
    fc.assert(
      fc.property(request, target, spacing, (body, to, indent) => {
        const text = JSON.stringify(body, null, indent);
        const { outcome, text: sent, codes } = adaptedTo(to, text);
        if (outcome.kind === "skip" || sent === null) return;
        const bytes = Buffer.from(text);
        let rest = Buffer.from(sent);
        let at = 0;
        for (const edit of outcome.edits) {
          const kept = bytes.subarray(at, edit.start);
          expect(rest.subarray(0, kept.length).equals(kept)).toBe(true);
          rest = rest.subarray(kept.length + edit.bytes.length);
          at = edit.end;
          if (edit.code !== "model") expect(codes).toContain(edit.code);
        }
        expect(rest.equals(bytes.subarray(at))).toBe(true);
      }),
    );
  });

  it("moves and cuts in the conversation as a program would that parses it", () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 9 }), target, spacing, (messages, to, indent) => {
        const body = {
          model: "claude-opus-5-5",
          messages: [...messages, { role: "user", content: "end" }],
          max_tokens: 9,
        };
        const found = adaptedTo(to, JSON.stringify(body, null, indent));
        const clean = JSON.parse(JSON.stringify(body.messages)) as Json[];
        expect(found.body.messages).toEqual(translated(clean, to));
      }),
      { numRuns: 2000 },
    );
  });
});
