import {
  absentAs,
  choice,
  expectWord,
  list,
  optional,
  record,
  type Shape,
  type TypeOf,
  table,
  text,
  value,
} from "./shape.ts";

/** Schema of `models.toml`. Unknown keys are refused, so that no misspelling is silently ignored. */
const words = text("must be text in quotes.");
const wordList = list(words, "must be a list of texts.");
const filled = text("must be text in quotes, and not empty.", /./);
const flag = value((found) => typeof found === "boolean", "must be true or false.");
const count = value(
  (found): found is number => Number.isSafeInteger(found) && (found as number) >= 0,
  "must be a whole number, and not negative.",
);
const day = text('must be a day in quotes: "2026-10-07".', /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/);
const dollars = text('must be dollars in quotes, with three decimals at most: "0.125".', /^\d{1,7}(?:\.\d{1,3})?$/);
const factor = text('must be a factor in quotes, with three decimals at most: "1.1".', /^\d{1,3}(?:\.\d{1,3})?$/);
const acceptance = expectWord(["ok", "rejected", "thinking_off"], 'must be "ok", "rejected" or "thinking_off".');

const noneIfAbsent = <T>(shape: Shape<T[]>): Shape<T[]> => absentAs<T[], T[]>(shape, () => []);
const tables = <T>(shape: Shape<T>): Shape<T[]> => noneIfAbsent(list(shape, "must be a list of tables."));

const tokenPrices = {
  input: dollars,
  output: dollars,
  cache_write_5m: dollars,
  cache_write_1h: dollars,
  cache_read: dollars,
};
const tier = table({ prompt_tokens_over: count, ...tokenPrices });
const period = table({ from: optional(day), ...tokenPrices, tiers: tables(tier) });

const fastMode = table({
  from: optional(day),
  until: optional(day),
  ...tokenPrices,
  derived: noneIfAbsent(wordList),
  beta_header_required: flag,
  beta_header_not_needed_since: optional(day),
});

const sampling = choice(
  "mode",
  {
    rejected: table({ mode: expectWord(["rejected"], "is not known.") }),
    one_of_temperature_or_top_p: table({ mode: expectWord(["one_of_temperature_or_top_p"], "is not known.") }),
    fixed_values: table({
      mode: expectWord(["fixed_values"], "is not known."),
      temperature: optional(words),
      top_p: optional(words),
      top_k: optional(words),
    }),
  },
  'needs a mode: "rejected", "one_of_temperature_or_top_p" or "fixed_values".',
);

const capabilities = table({
  thinking: wordList,
  thinking_default: expectWord(["on", "off"], 'must be "on" or "off".'),
  thinking_disabled_max_effort: optional(words),
  between_tools_max_effort: optional(words),
  effort: wordList,
  effort_default: optional(words),
  sampling,
  prefill: acceptance,
  forced_tool_choice: acceptance,
  system_role_messages: optional(flag),
  per_message_effort: optional(flag),
  safeguards: optional(flag),
  tokenizer: optional(expectWord(["new", "old"], 'must be "new" or "old".')),
  structured_outputs: optional(flag),
  tool_search: optional(flag),
  task_budget: optional(flag),
  computer_tool: optional(words),
  fallbacks: optional(flag),
  zero_data_retention: optional(flag),
  priority_tier: optional(flag),
  image_max_px: optional(count),
  unverified: noneIfAbsent(wordList),
  notes: noneIfAbsent(wordList),
});

const clientShape = table({
  max_tokens: count,
  thinking: optional(words),
  thinking_budget: optional(count),
  effort: optional(words),
  system_role_message: flag,
  system_role_message_has_output_config: optional(flag),
});

const model = table({
  id: filled,
  aliases: noneIfAbsent(wordList),
  family: words,
  display_name: words,
  status: expectWord(
    ["current", "active", "legacy", "deprecated", "retired"],
    'must be "current", "active", "legacy", "deprecated" or "retired".',
  ),
  verified: absentAs(flag, () => false),
  released_at: optional(day),
  not_before: optional(day),
  retires_at: optional(day),
  retired_at: optional(day),
  max_output_tokens: optional(count),
  context_window: optional(count),
  context_window_safe: optional(count),
  min_cacheable_tokens: optional(count),
  max_images_or_pages: optional(count),
  inference_geo_us: optional(factor),
  prices: tables(period),
  fast_mode: optional(fastMode),
  fast_mode_unsupported: optional(
    expectWord(["ignored", "rejected", "not_offered"], 'must be "ignored", "rejected" or "not_offered".'),
  ),
  conflicts: noneIfAbsent(wordList),
  capabilities: optional(capabilities),
  client_shape: optional(clientShape),
});

export const modelsFile = table({
  price_version: filled,
  as_of: day,
  multipliers: table({ cache_write_5m: factor, cache_write_1h: factor, cache_read: factor, batch: factor }),
  server_tools: table({
    web_search_usd_per_1000: dollars,
    code_execution_usd_per_hour: dollars,
    code_execution_free_hours: count,
    code_execution_free_with_web_tools: flag,
  }),
  tokenizer: table({ new_tokens_per_old_token: factor }),
  colour_tiers: table({ first_from: dollars, second_from: dollars }),
  version_rules: tables(table({ anthropic_version_from: day, rejects: wordList })),
  client_aliases: tables(table({ client_version: words, aliases: record(words) })),
  thinking_readers: tables(table({ reader: words, reads: wordList })),
  model: list(model, "lists no model: add [[model]] tables."),
});

export type ModelsFile = TypeOf<typeof modelsFile>;
export type ModelTable = TypeOf<typeof model>;
export type CapabilitiesTable = TypeOf<typeof capabilities>;
