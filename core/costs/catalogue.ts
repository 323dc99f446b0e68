/**
 * What is known about models: prices with the day they took effect, sizes, dates, and what each accepts. The data is
 * `config/models.toml`; these are its meaning. Days are UTC days ("YYYY-MM-DD"), money is whole nano-dollars.
 */

/** Nano-dollars per token and token class. $1 per million tokens is exactly 1,000, so every list price is whole. */
export interface TokenPrices {
  input: bigint;
  output: bigint;
  cacheWrite5m: bigint;
  cacheWrite1h: bigint;
  cacheRead: bigint;
}

/** Replaces every price of a request, output included, when its prompt has more tokens than this. */
interface PriceTier extends TokenPrices {
  promptTokensOver: number;
}

/** One price period. Null: in force from the beginning. */
export interface ModelPrices extends TokenPrices {
  effectiveFrom: string | null;
  /** Highest threshold first, so the first that is exceeded is the one in force. */
  tiers: readonly PriceTier[];
}

/** Prices of answers given in fast mode. */
export interface FastMode extends TokenPrices {
  effectiveFrom: string | null;
  /** The first day on which fast mode is no longer offered. */
  effectiveUntil: string | null;
  /** False: fast mode needs no beta header any more. */
  betaHeaderRequired: boolean;
  betaHeaderNotNeededSince: string | null;
  /** Price fields that follow from the published multipliers and are not published themselves. */
  derived: readonly string[];
}

/** Why a model has no fast mode: the field is ignored, answered with 400, or was never offered. */
type FastModeUnsupported = "ignored" | "rejected" | "not_offered";

type ModelStatus = "current" | "active" | "legacy" | "deprecated" | "retired";

/** `thinking_off`: accepted only while thinking is off. `rejected` means HTTP 400. */
type Acceptance = "ok" | "rejected" | "thinking_off";

export type Sampling =
  | { mode: "rejected" }
  | { mode: "one_of_temperature_or_top_p" }
  /** Only these values are taken; a null one is not taken at all. */
  | { mode: "fixed_values"; temperature: string | null; topP: string | null; topK: string | null };

/** What a model accepts when an override sends a request to it. Null: unknown, which counts as "not accepted". */
export interface Capabilities {
  /** Accepted `thinking.type` values. A model without `"disabled"` always thinks; empty: no thinking at all. */
  thinking: readonly string[];
  /** What happens when the field is left out. */
  thinkingDefault: "on" | "off";
  /** Highest effort with which `thinking: disabled` is accepted; null: no such limit. */
  thinkingDisabledMaxEffort: string | null;
  /** Highest effort with which `thinking: between_tools` is accepted. */
  betweenToolsMaxEffort: string | null;
  /** Accepted effort levels; empty: any effort is answered with 400. */
  effort: readonly string[];
  effortDefault: string | null;
  sampling: Sampling;
  prefill: Acceptance;
  forcedToolChoice: Acceptance;
  systemRoleMessages: boolean | null;
  perMessageEffort: boolean | null;
  safeguards: boolean | null;
  tokenizer: "new" | "old" | null;
  structuredOutputs: boolean | null;
  toolSearch: boolean | null;
  taskBudget: boolean | null;
  /** The computer tool version it takes. */
  computerTool: string | null;
  fallbacks: boolean | null;
  zeroDataRetention: boolean | null;
  priorityTier: boolean | null;
  imageMaxPx: number | null;
  /** Capability fields (as named in the file) that are inferred, not documented. */
  unverified: readonly string[];
  notes: readonly string[];
}

/** What the newest Claude Code sends to this model in print mode. */
interface ClientShape {
  maxTokens: number;
  thinking: string | null;
  thinkingBudget: number | null;
  effort: string | null;
  systemRoleMessage: boolean;
  systemRoleMessageHasOutputConfig: boolean | null;
}

export interface ModelEntry {
  /** The provider's own id: the only spelling that is ever forwarded. */
  id: string;
  /** Other spellings that mean this model, for matching and price look-up. */
  aliases: readonly string[];
  family: string;
  displayName: string;
  status: ModelStatus;
  /** The published price and the price the official client computes agree. */
  verified: boolean;
  releasedAt: string | null;
  retiresAt: string | null;
  retiredAt: string | null;
  /** The provider's promise "will not be retired before". */
  notBefore: string | null;
  maxOutputTokens: number | null;
  contextWindow: number | null;
  /** For window checks, until the upstream's own model list says more. */
  contextWindowSafe: number | null;
  minCacheableTokens: number | null;
  maxImagesOrPages: number | null;
  /** Oldest first; the first also covers earlier days. Empty: unpriced. */
  prices: readonly ModelPrices[];
  fastMode: FastMode | null;
  fastModeUnsupported: FastModeUnsupported | null;
  /** 1100 = 1.1x for `inference_geo: "us"`; null: the model does not know the field. */
  inferenceGeoUsMilli: number | null;
  capabilities: Capabilities | null;
  clientShape: ClientShape | null;
  /** Where sources disagree, in words. */
  conflicts: readonly string[];
}

/** From this `anthropic-version` on, these fields are answered with 400. */
interface VersionRule {
  anthropicVersionFrom: string;
  rejects: readonly string[];
}

/** Whose thinking blocks a model can read, in the provider's words. */
interface ThinkingReader {
  reader: string;
  reads: readonly string[];
}

export interface Catalogue {
  /** Stored with every priced request. */
  priceVersion: string;
  asOf: string;
  models: readonly ModelEntry[];
  webSearchNanoUsd: bigint;
  /** Tokens the newer tokenizers make of 1,000 tokens of the older ones: an estimate. */
  tokenizerRatioMilli: number;
  /** Batch requests cost this share, in thousandths. */
  batchMilli: number;
  /** Cache prices as a multiple of the input price, in thousandths: how the listed prices come about. */
  cacheMultipliers: { write5mMilli: number; write1hMilli: number; readMilli: number };
  codeExecution: { nanoUsdPerHour: bigint; freeHours: number; freeWithWebTools: boolean };
  /** Input prices from which a model is drawn in the first and second price-tier colour. */
  colourTiers: { firstFrom: bigint; secondFrom: bigint };
  versionRules: readonly VersionRule[];
  /** Client version -> what its short names meant ("opus" -> id). Newest client first. */
  clientAliases: readonly { clientVersion: string; aliases: Readonly<Record<string, string>> }[];
  thinkingReaders: readonly ThinkingReader[];
}
