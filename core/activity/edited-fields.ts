/** Every name a record may hold. A closed list, so that nothing out of a request can ever get into one. */
export const EDITED_FIELDS = [
  "model",
  "max_tokens",
  "thinking",
  "thinking.budget_tokens",
  "thinking.block_binding",
  "output_config.effort",
  "output_config.format",
  "output_config.task_budget",
  "messages",
  "messages.output_config",
  "messages.clear_at",
  "tools",
  "tool_choice",
  "temperature",
  "top_p",
  "top_k",
  "context_management.clear_thinking",
  "safeguards",
  "speed",
  "inference_geo",
  "fallbacks",
  "thread, fallback_credit_token",
  "anthropic-beta",
  "body",
] as const;

export type EditedField = (typeof EDITED_FIELDS)[number];
