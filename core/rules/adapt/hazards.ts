/**
 * What can keep a request for one model from being served by another, by the code it is recorded under. The codes are
 * stable: they are stored with events and shown in the console.
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
