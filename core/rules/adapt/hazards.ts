import type { EditedField } from "#core/activity/edited-fields.ts";

/**
 * Hazards that can keep a request for one model from being served by another, by the code they are recorded under.
 * The codes are stable: they are stored with events and shown in the console.
 */
export const HAZARDS = {
  E1: "max_tokens above the model's limit",
  E2: "adaptive thinking",
  E3: "thinking with a budget",
  E4: "thinking switched off where the model always thinks",
  E5: "thinking switched off where it can only be kept between tools",
  E6: "effort too high while thinking is off",
  E7: "thinking between tools",
  E8: "fields of adaptive thinking",
  E9: "effort",
  E10: "effort xhigh",
  E11: "effort max",
  E12: "effort of a single message",
  E13: "system messages in the conversation",
  E14: "tools added or removed in mid-conversation",
  E15: "system messages that end (clear_at)",
  E16: "sampling parameters",
  E17: "temperature together with top_p",
  E18: "prefilled answer",
  E19: "forced tool use",
  E20: "clearing of thinking",
  E21: "prompt longer than the context window",
  E22: "beta of the long context window",
  E23: "safeguards",
  E24: "fast mode",
  E25: "data residency (inference_geo)",
  E26: "fallbacks",
  E27: "fields bound to the requested model",
  E28: "typed tools",
  E29: "tools that are loaded later",
  E30: "structured outputs",
  E31: "task budget",
  E33: "number of images and pages",
  E35: "betas of what was left out",
  unclear: "a request that two readers could read differently",
} as const;

export type HazardCode = keyof typeof HAZARDS;

/**
 * Field of a request in which each hazard lies: where a skip was found, and the default under which a change is
 * recorded.
 */
export const HAZARD_FIELDS: Readonly<Record<HazardCode, EditedField>> = {
  E1: "max_tokens",
  E2: "thinking",
  E3: "thinking",
  E4: "thinking",
  E5: "thinking",
  E6: "output_config.effort",
  E7: "thinking",
  E8: "thinking.block_binding",
  E9: "output_config.effort",
  E10: "output_config.effort",
  E11: "output_config.effort",
  E12: "messages.output_config",
  E13: "messages",
  E14: "messages",
  E15: "messages.clear_at",
  E16: "temperature",
  E17: "top_p",
  E18: "messages",
  E19: "tool_choice",
  E20: "context_management.clear_thinking",
  E21: "messages",
  E22: "anthropic-beta",
  E23: "safeguards",
  E24: "speed",
  E25: "inference_geo",
  E26: "fallbacks",
  E27: "thread, fallback_credit_token",
  E28: "tools",
  E29: "tools",
  E30: "output_config.format",
  E31: "output_config.task_budget",
  E33: "messages",
  E35: "anthropic-beta",
  unclear: "body",
};
