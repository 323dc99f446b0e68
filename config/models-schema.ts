import { z } from "zod";

/** The shape of `models.toml` as written. Unknown keys are refused, so that a slip of the pen is not silently ignored. */
const text = z.string({ error: "must be text in quotes." });
const words = z.array(text, { error: "must be a list of texts." });
const flag = z.boolean({ error: "must be true or false." });
const count = z.int({ error: "must be a whole number." }).nonnegative({ error: "must not be negative." });
const day = text.regex(/^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/, {
  error: 'must be a day in quotes: "2026-10-07".',
});
const dollars = z
  .string({ error: 'must be dollars in quotes: "0.125".' })
  .regex(/^\d{1,7}(?:\.\d{1,3})?$/, { error: 'must be dollars with three decimals at most: "0.125".' });
const factor = z
  .string({ error: 'must be a factor in quotes: "1.1".' })
  .regex(/^\d{1,3}(?:\.\d{1,3})?$/, { error: 'must be a factor with three decimals at most: "1.1".' });
const acceptance = z.enum(["ok", "rejected", "thinking_off"], { error: 'must be "ok", "rejected" or "thinking_off".' });

const tokenPrices = {
  input: dollars,
  output: dollars,
  cache_write_5m: dollars,
  cache_write_1h: dollars,
  cache_read: dollars,
};
const tier = z.strictObject({ prompt_tokens_over: count, ...tokenPrices });
const period = z.strictObject({ from: day.optional(), ...tokenPrices, tiers: z.array(tier).default([]) });

const fastMode = z.strictObject({
  from: day.optional(),
  until: day.optional(),
  ...tokenPrices,
  derived: words.default([]),
  beta_header_required: flag,
  beta_header_not_needed_since: day.optional(),
});

const sampling = z.discriminatedUnion(
  "mode",
  [
    z.strictObject({ mode: z.literal("rejected") }),
    z.strictObject({ mode: z.literal("one_of_temperature_or_top_p") }),
    z.strictObject({
      mode: z.literal("fixed_values"),
      temperature: text.optional(),
      top_p: text.optional(),
      top_k: text.optional(),
    }),
  ],
  { error: 'needs a mode: "rejected", "one_of_temperature_or_top_p" or "fixed_values".' },
);

const capabilities = z.strictObject({
  thinking: words,
  thinking_default: z.enum(["on", "off"], { error: 'must be "on" or "off".' }),
  thinking_disabled_max_effort: text.optional(),
  between_tools_max_effort: text.optional(),
  effort: words,
  effort_default: text.optional(),
  sampling,
  prefill: acceptance,
  forced_tool_choice: acceptance,
  system_role_messages: flag.optional(),
  per_message_effort: flag.optional(),
  safeguards: flag.optional(),
  tokenizer: z.enum(["new", "old"], { error: 'must be "new" or "old".' }).optional(),
  structured_outputs: flag.optional(),
  tool_search: flag.optional(),
  task_budget: flag.optional(),
  computer_tool: text.optional(),
  fallbacks: flag.optional(),
  zero_data_retention: flag.optional(),
  priority_tier: flag.optional(),
  image_max_px: count.optional(),
  unverified: words.default([]),
  notes: words.default([]),
});

const clientShape = z.strictObject({
  max_tokens: count,
  thinking: text.optional(),
  thinking_budget: count.optional(),
  effort: text.optional(),
  system_role_message: flag,
  system_role_message_has_output_config: flag.optional(),
});

const model = z.strictObject({
  id: text.min(1, { error: "must not be empty." }),
  aliases: words.default([]),
  family: text,
  display_name: text,
  status: z.enum(["current", "active", "legacy", "deprecated", "retired"], {
    error: 'must be "current", "active", "legacy", "deprecated" or "retired".',
  }),
  verified: flag.default(false),
  released_at: day.optional(),
  not_before: day.optional(),
  retires_at: day.optional(),
  retired_at: day.optional(),
  max_output_tokens: count.optional(),
  context_window: count.optional(),
  context_window_safe: count.optional(),
  min_cacheable_tokens: count.optional(),
  max_images_or_pages: count.optional(),
  inference_geo_us: factor.optional(),
  prices: z.array(period).default([]),
  fast_mode: fastMode.optional(),
  fast_mode_unsupported: z
    .enum(["ignored", "rejected", "not_offered"], { error: 'must be "ignored", "rejected" or "not_offered".' })
    .optional(),
  conflicts: words.default([]),
  capabilities: capabilities.optional(),
  client_shape: clientShape.optional(),
});

export const modelsFile = z.strictObject({
  price_version: text.min(1, { error: "must not be empty." }),
  as_of: day,
  multipliers: z.strictObject({ cache_write_5m: factor, cache_write_1h: factor, cache_read: factor, batch: factor }),
  server_tools: z.strictObject({
    web_search_usd_per_1000: dollars,
    code_execution_usd_per_hour: dollars,
    code_execution_free_hours: count,
    code_execution_free_with_web_tools: flag,
  }),
  tokenizer: z.strictObject({ new_tokens_per_old_token: factor }),
  colour_tiers: z.strictObject({ first_from: dollars, second_from: dollars }),
  version_rules: z.array(z.strictObject({ anthropic_version_from: day, rejects: words })).default([]),
  client_aliases: z.array(z.strictObject({ client_version: text, aliases: z.record(z.string(), text) })).default([]),
  thinking_readers: z.array(z.strictObject({ reader: text, reads: words })).default([]),
  model: z.array(model, { error: "lists no model: add [[model]] tables." }),
});

export type ModelsFile = z.infer<typeof modelsFile>;
export type ModelTable = z.infer<typeof model>;
export type CapabilitiesTable = z.infer<typeof capabilities>;
export type PricesTable = { [key in keyof typeof tokenPrices]: string };
