import fc from "fast-check";

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
/** A message of any role, its texts hard to splice. */
export const arbitraryMessage = fc.record({
  role: fc.constantFrom("user", "system", "assistant"),
  content,
  output_config: perMessage,
});
/** Conversation that mostly ends with the user; a prefilled response is a separate hazard. */
const end = fc.oneof(
  { arbitrary: fc.constant({ role: "user", content: "go on" }), weight: 5 },
  { arbitrary: arbitraryMessage, weight: 1 },
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
/** Requests of a right shape with every field a hazard is about, for several asked models. */
export const adaptableRequest = fc.record({
  model: fc.constantFrom("claude-opus-5-5", "claude-sonnet-4-5", "claude-opus-4-6", "gpt-4o"),
  messages: fc.tuple(fc.array(arbitraryMessage, { maxLength: 6 }), end).map(([before, last]) => [...before, last]),
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
