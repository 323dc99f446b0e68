// Long because it is one list of what an adaptation changes, hazard by hazard.
import { describe, expect, it } from "vitest";
import { adaptedTo, type Json, modelWith, type Options } from "#tests/support/adapted.ts";

const prompt = { role: "user", content: "hi" };
const base: Json = { model: "claude-opus-5-5", messages: [prompt], max_tokens: 32_000 };
const adaptive = { thinking: { type: "adaptive", display: "omitted" } };
const manual = (budget: number) => ({ thinking: { type: "enabled", budget_tokens: budget } });
const off = { thinking: { type: "disabled" } };
const effort = (level: string) => ({ output_config: { effort: level } });
const forced = { tools: [{ name: "f", input_schema: { type: "object" } }], tool_choice: { type: "any" } };
const clearing = { type: "clear_thinking_20251015", keep: "all" };
const clearThinking = { context_management: { edits: [clearing] } };
const gone = undefined;

/** Row, guarantee, target, what the body has, what is sent instead (a skip: only its code). */
type Case = [row: string, guarantee: string, to: string, has: Json, sent: Json | "skip", options?: Options];

const cases: Case[] = [
  [
    "E1",
    "max_tokens is lowered to what the model can write",
    "haiku-4-5",
    { max_tokens: 128_000 },
    { max_tokens: 64_000 },
  ],
  [
    "E1",
    "a manual budget stays below the lowered max_tokens",
    "haiku-4-5",
    { max_tokens: 128_000, ...manual(100_000) },
    { max_tokens: 64_000, ...manual(63_999) },
  ],
  ["E1", "an unknown limit skips", "mythos-preview", {}, "skip"],
  [
    "E2",
    "adaptive thinking gets a budget by effort, display kept",
    "sonnet-4-5",
    { ...adaptive, ...effort("high") },
    { thinking: { type: "enabled", display: "omitted", budget_tokens: 15_999 }, output_config: gone },
  ],
  [
    "E2",
    "low effort still has the least budget",
    "haiku-4-5",
    { ...adaptive, ...effort("low") },
    { thinking: { type: "enabled", display: "omitted", budget_tokens: 3199 }, output_config: gone },
  ],
  [
    "E2",
    "without an effort the asked model's own default counts",
    "haiku-4-5",
    adaptive,
    { thinking: { type: "enabled", display: "omitted", budget_tokens: 7999 } },
  ],
  [
    "E2",
    "the budget stays below max_tokens",
    "haiku-4-5",
    { ...adaptive, ...effort("max"), max_tokens: 20_000 },
    { thinking: { type: "enabled", display: "omitted", budget_tokens: 19_999 }, output_config: gone },
  ],
  ["E2", "without room for a budget thinking is switched off", "haiku-4-5", { ...adaptive, max_tokens: 1024 }, off],
  ["E2", "an unknown kind of thinking skips", "haiku-4-5", { thinking: { type: "dreaming" } }, "skip"],
  [
    "E3",
    "a budget becomes adaptive thinking, display kept",
    "opus-5-5",
    { thinking: { budget_tokens: 31_999, type: "enabled", display: "omitted" } },
    adaptive,
  ],
  [
    "E4",
    "thinking that cannot be switched off is asked for little",
    "opus-5-5",
    off,
    { thinking: gone, ...effort("low") },
  ],
  [
    "E4",
    "a given effort becomes low",
    "fable-5-2",
    { ...off, output_config: { effort: "high", format: { type: "json_schema" } } },
    { thinking: gone, output_config: { effort: "low", format: { type: "json_schema" } } },
  ],
  [
    "E5",
    "thinking off becomes thinking between tools, effort high at most",
    "sonnet-5-5",
    { thinking: { type: "disabled", display: "omitted" }, ...effort("max") },
    { thinking: { type: "between_tools" }, ...effort("high") },
  ],
  [
    "E6",
    "effort goes down where thinking may not be off above it",
    "haiku-5-5",
    { ...off, ...effort("xhigh") },
    effort("high"),
  ],
  ["E7", "thinking between tools is switched off", "haiku-5-5", { thinking: { type: "between_tools" } }, off],
  [
    "E7",
    "or asked for little where it cannot be off",
    "opus-5-5",
    { thinking: { type: "between_tools" } },
    { thinking: gone, ...effort("low") },
  ],
  [
    "E8",
    "fields of adaptive thinking go with it",
    "haiku-4-5",
    { thinking: { type: "adaptive", block_binding: "strict" } },
    { thinking: { type: "enabled", budget_tokens: 7999 } },
  ],
  ["E9", "effort is left out, and with it an empty object", "haiku-4-5", effort("high"), { output_config: gone }],
  [
    "E9",
    "what stands beside effort stays",
    "haiku-4-5",
    { output_config: { effort: "high", format: { type: "json_schema" } } },
    { output_config: { format: { type: "json_schema" } } },
  ],
  ["E10", "xhigh becomes high", "sonnet-4-6", effort("xhigh"), effort("high")],
  ["E10", "an unknown effort skips", "sonnet-5", effort("ultra"), "skip"],
  ["E11", "max becomes high", "opus-4-5", effort("max"), effort("high")],
  [
    "E16",
    "sampling is dropped, temperature 1 stays",
    "sonnet-5-5",
    { temperature: 1, top_p: 0.9, top_k: 40 },
    { top_p: gone, top_k: gone },
  ],
  [
    "E16",
    "fixed values stay, others go",
    "haiku-5-5",
    { temperature: 0.5, top_p: 0.99, top_k: 5 },
    { temperature: gone, top_k: gone },
  ],
  [
    "E16",
    "a newer API version takes no sampling on any model",
    "haiku-4-5",
    { temperature: 0.5, top_k: 5 },
    { temperature: gone, top_k: gone },
    { version: "2026-10-21" },
  ],
  [
    "E16",
    "manual thinking leaves no choice of temperature",
    "haiku-4-5",
    { ...adaptive, temperature: 0.2 },
    { thinking: { type: "enabled", display: "omitted", budget_tokens: 7999 }, temperature: gone },
  ],
  ["E17", "temperature wins over top_p", "haiku-4-5", { temperature: 0.5, top_p: 0.9 }, { top_p: gone }],
  ["E18", "a begun answer skips", "sonnet-4-6", { messages: [prompt, { role: "assistant", content: "{" }] }, "skip"],
  [
    "E18",
    "a begun answer skips where the model thinks",
    "haiku-4-5",
    { ...adaptive, messages: [prompt, { role: "assistant", content: "{" }] },
    "skip",
  ],
  ["E19", "a forced tool skips where it is refused", "sonnet-5-5", forced, "skip"],
  [
    "E19",
    "a forced tool switches manual thinking off",
    "haiku-4-5",
    { ...forced, ...adaptive, ...clearThinking },
    { ...off, context_management: gone },
  ],
  ["E20", "clearing of thinking goes where there is none", "haiku-4-5", clearThinking, { context_management: gone }],
  [
    "E20",
    "other edits of the context stay",
    "haiku-4-5",
    { ...off, context_management: { edits: [clearing, { type: "other" }, clearing, { type: "more" }, clearing] } },
    { context_management: { edits: [{ type: "other" }, { type: "more" }] } },
  ],
  ["E21", "a prompt that fills the window skips", "haiku-4-5", {}, "skip", { tokens: 168_001 }],
  [
    "E21",
    "a long body skips without an estimate",
    "haiku-4-5",
    { messages: [{ role: "user", content: "x".repeat(510_000) }] },
    "skip",
  ],
  ["E23", "safeguards are never left out", "haiku-4-5", { safeguards: [{ type: "dangerous_tool_use" }] }, "skip"],
  ["E23", "nor where it is unknown whether they are taken", "fable-5", { safeguards: [] }, "skip"],
  ["E24", "fast mode is left out where there is none", "sonnet-5-5", { speed: "fast" }, { speed: gone }],
  [
    "E24",
    "also from the day it is no longer offered",
    "opus-4-8",
    { speed: "fast" },
    { speed: gone },
    { today: "2026-11-30" },
  ],
  ["E25", "a promise of residency skips", "haiku-4-5", { inference_geo: "us" }, "skip"],
  ["E26", "fallbacks are left out", "haiku-5-5", { fallbacks: [{ model: "x" }] }, { fallbacks: gone }],
  ["E27", "a thread keeps its model", "sonnet-5-5", { thread: { id: "t" } }, "skip"],
  ["E27", "so does a fallback credit", "haiku-5-5", { fallback_credit_token: "t" }, "skip"],
  [
    "E28",
    "tools of another training skip",
    "haiku-4-5",
    { tools: [{ type: "computer_toolset_20260801", name: "computer" }] },
    "skip",
  ],
  [
    "E28",
    "and so do unlisted typed tools",
    "opus-4-8",
    { tools: [{ type: "text_editor_20990101", name: "edit" }] },
    "skip",
  ],
  [
    "E29",
    "tools that are loaded later skip",
    "opus-4-1",
    { tools: [{ name: "f", defer_loading: true }], max_tokens: 100 },
    "skip",
  ],
  [
    "E29",
    "and so do references to them",
    "sonnet-4",
    {
      messages: [
        { role: "user", content: [{ type: "tool_result", content: [{ type: "tool_reference", tool_name: "x" }] }] },
      ],
    },
    "skip",
  ],
  ["E30", "structured outputs skip", "sonnet-4", { output_config: { format: { type: "json_schema" } } }, "skip"],
  ["E30", "and so do strict tools", "sonnet-4", { tools: [{ name: "f", strict: true }] }, "skip"],
  [
    "E31",
    "a task budget is left out",
    "sonnet-5",
    { output_config: { task_budget: { tokens: 9 } } },
    { output_config: gone },
  ],
  [
    "E33",
    "too many images skip",
    "haiku-4-5",
    { messages: [{ role: "user", content: Array.from({ length: 101 }, () => ({ type: "image", source: {} })) }] },
    "skip",
  ],
];

/** What is taken as it is: the model's name is all that changes. */
const untouched: [row: string, guarantee: string, to: string, has: Json, options?: Options][] = [
  [
    "E18",
    "a begun answer goes to models that continue it",
    "haiku-4-5",
    { messages: [prompt, { role: "assistant", content: "{" }] },
  ],
  ["E19", "a forced tool goes to models that take it", "haiku-5-5", { ...forced, ...adaptive }],
  ["E20", "clearing of thinking stays while there is some", "sonnet-5-5", { ...adaptive, ...clearThinking }],
  ["E21", "a prompt that just fits is served", "haiku-4-5", {}, { tokens: 168_000 }],
  [
    "E21",
    "pictures count as pictures, not as text",
    "haiku-4-5",
    {
      messages: [
        {
          role: "user",
          content: [{ type: "image", source: { type: "base64", media_type: "image/png", data: "A".repeat(900_000) } }],
        },
      ],
    },
  ],
  ["E23", "safeguards reach models that take them", "haiku-5-5", { safeguards: [{ type: "dangerous_tool_use" }] }],
  ["E24", "fast mode stays until its last day", "opus-4-8", { speed: "fast" }, { today: "2026-11-29" }],
  [
    "E28",
    "typed tools go to models of the same training",
    "sonnet-5-5",
    { tools: [{ type: "computer_toolset_20260801", name: "computer" }, { type: "memory_20990101" }] },
  ],
  [
    "E28",
    "first web tools go to every model",
    "haiku-4-5",
    { tools: [{ type: "web_search_20250305", name: "web_search" }] },
  ],
  [
    "E32",
    "thinking of another model in the history stays as it is",
    "haiku-5-5",
    {
      messages: [
        prompt,
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "", signature: "x/+=" },
            { type: "redacted_thinking", data: "y" },
          ],
        },
        prompt,
      ],
    },
  ],
  [
    "E34",
    "a cache marker for an hour stays",
    "haiku-5-5",
    { system: [{ type: "text", text: "s", cache_control: { type: "ephemeral", ttl: "1h" } }] },
  ],
  ["E40", "thinking.display stays", "haiku-5-5", { thinking: { type: "adaptive", display: "updates" } }],
  ["E42", "a pre-warm stays one", "haiku-5-5", { max_tokens: 0 }],
];

describe("adapt, row by row", () => {
  it.each(cases)("%s: %s (%s)", (row, _guarantee, to, has, sent, options) => {
    const found = adaptedTo(to, { ...base, ...has }, options);

    if (sent === "skip") return expect(found.verdict).toBe(row);
    const model = (found.body.model as string) ?? "";
    expect(found.verdict).toBe("adapted");
    expect(found.body).toEqual(JSON.parse(JSON.stringify({ ...base, ...has, ...sent, model })));
    expect(found.codes).toContain(row);
  });

  it.each(untouched)("%s: %s (%s)", (_row, _guarantee, to, has, options) => {
    const found = adaptedTo(to, { ...base, ...has }, options);

    expect(found.outcome).toMatchObject({ kind: "adapted", changes: [], edits: [{ code: "model" }] });
  });

  it("E36: counting tokens is adapted as the message is", () => {
    const has = { model: base.model, messages: base.messages, ...adaptive, ...effort("medium") };
    const found = adaptedTo("haiku-4-5", has, { endpoint: "count_tokens" });

    expect(found.body.thinking).toEqual({ type: "enabled", display: "omitted", budget_tokens: 7999 });
    expect(found.body).not.toHaveProperty("output_config");
  });

  it("E42: a pre-warm does not think, because no budget is below its max_tokens", () => {
    const warm = adaptedTo("haiku-4-5", { ...base, ...adaptive, max_tokens: 0 });

    expect(warm.body.max_tokens).toBe(0);
    expect(warm.body.thinking).toEqual({ type: "disabled" });
  });
});

describe("adapt, betas", () => {
  const all = [
    "claude-code-20250219",
    "effort-2025-11-24",
    "task-budgets-2026-01-01",
    "fast-mode-2026-02-01",
    "new-thing-2027-01-01",
  ];

  it("E35: betas of features that the model does not take are dropped, used or not, the rest in their order", () => {
    const has = { ...base, speed: "fast", output_config: { effort: "high", task_budget: {} } };

    expect(adaptedTo("haiku-4-5", has, { betas: all }).betas).toEqual(["claude-code-20250219", "new-thing-2027-01-01"]);
    expect(adaptedTo("haiku-4-5", base, { betas: all }).betas).toEqual([
      "claude-code-20250219",
      "new-thing-2027-01-01",
    ]);
    expect(adaptedTo("opus-5", base, { betas: all }).betas).toEqual(all);
  });

  it("E22: the beta of the long window is dropped where the window is not long", () => {
    const betas = ["context-1m-2025-08-07", "oauth-2025-04-20"];

    expect(adaptedTo("haiku-4-5", base, { betas }).betas).toEqual(["oauth-2025-04-20"]);
    expect(adaptedTo("sonnet-5-5", base, { betas }).betas).toEqual(betas);
  });
});

describe("adapt, the unknown", () => {
  const unknown: [row: string, has: Json, target: Options["target"]][] = [
    ["E23", { safeguards: [] }, modelWith("haiku-5-5", { safeguards: null })],
    ["E26", { fallbacks: [] }, modelWith("haiku-5-5", { fallbacks: null })],
    ["E29", { tools: [{ name: "f", defer_loading: true }] }, modelWith("haiku-5-5", { toolSearch: null })],
    ["E30", { output_config: { format: {} } }, modelWith("haiku-5-5", { structuredOutputs: null })],
    ["E31", { output_config: { task_budget: {} } }, modelWith("haiku-5-5", { taskBudget: null })],
    [
      "E12",
      { messages: [{ ...prompt, output_config: { effort: "low" } }] },
      modelWith("haiku-5-5", { perMessageEffort: null }),
    ],
    [
      "E13",
      { messages: [prompt, { role: "system", content: "s" }] },
      modelWith("haiku-5-5", { systemRoleMessages: null }),
    ],
    ["E2", adaptive, { ...modelWith("haiku-5-5", {}), capabilities: null }],
    ["E9", effort("low"), { ...modelWith("haiku-5-5", {}), capabilities: null }],
    ["E16", { temperature: 1 }, { ...modelWith("haiku-5-5", {}), capabilities: null }],
    [
      "E33",
      { messages: [{ role: "user", content: [{ type: "image" }] }] },
      { ...modelWith("haiku-5-5", {}), maxImagesOrPages: null },
    ],
    ["E21", {}, { ...modelWith("haiku-5-5", {}), contextWindowSafe: null }],
  ];

  it.each(unknown)("%s: a capability that is not known counts as not accepted", (row, has, target) => {
    expect(adaptedTo("haiku-5-5", { ...base, ...has }, { target }).verdict).toBe(row);
  });

  it("serves what uses nothing special even when no capability is known", () => {
    const target = { ...modelWith("haiku-5-5", {}), capabilities: null };

    expect(adaptedTo("haiku-5-5", base, { target }).verdict).toBe("adapted");
  });

  it.each([
    ["a field given twice", '{"model":"claude-opus-5-5","temperature":1,"messages":[],"temperature":0.5}'],
    ["an escaped key", '{"model":"claude-opus-5-5","messages":[],"s\\u0061feguards":[]}'],
    ["a role given twice", '{"model":"claude-opus-5-5","messages":[{"role":"user","role":"system","content":"x"}]}'],
    [
      "thinking of two kinds",
      '{"model":"claude-opus-5-5","messages":[],"thinking":{"type":"adaptive","type":"disabled"}}',
    ],
    ["a message that is none", '{"model":"claude-opus-5-5","messages":[1]}'],
  ])("keeps the model for %s", (_name, text) => {
    expect(adaptedTo("haiku-5-5", text).verdict).toBe("unclear");
  });

  it("names nothing of the request in a reason", () => {
    const found = adaptedTo("haiku-4-5", { ...base, safeguards: [{ live_cwd: "/home/anna/secret" }] });

    expect(JSON.stringify(found.outcome)).not.toContain("secret");
  });
});
