import type { Capabilities, ModelEntry } from "#core/costs/catalogue.ts";
import { buildUnlistedModel } from "#core/costs/own-prices.ts";

/** For models the catalogue says nothing about (sentinels): everything is accepted. */
export const unknownCapabilities: Capabilities = {
  thinking: ["adaptive", "enabled", "disabled", "between_tools"],
  thinkingDefault: "on",
  thinkingDisabledMaxEffort: null,
  betweenToolsMaxEffort: null,
  effort: ["low", "medium", "high", "xhigh", "max"],
  effortDefault: null,
  sampling: { mode: "one_of_temperature_or_top_p" },
  prefill: "ok",
  forcedToolChoice: "ok",
  systemRoleMessages: true,
  perMessageEffort: true,
  safeguards: true,
  tokenizer: null,
  structuredOutputs: true,
  toolSearch: true,
  taskBudget: true,
  computerTool: null,
  fallbacks: true,
  zeroDataRetention: null,
  priorityTier: null,
  imageMaxPx: null,
  unverified: [],
  notes: [],
};

/** `mock-…` as a model: no limits, no prices. */
export const sentinelEntry = (id: string): ModelEntry => ({
  ...buildUnlistedModel(id, null),
  family: "mock",
  status: "current",
  fastModeUnsupported: "ignored",
  inferenceGeoUsMilli: 1100,
});
