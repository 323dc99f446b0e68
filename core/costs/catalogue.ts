/**
 * Catalogue of models: prices with the day they took effect, sizes, dates, and accepted fields. The data is
 * `config/models.toml`; these types are its meaning. Days are UTC days ("YYYY-MM-DD"), money is whole nano-dollars.
 */

/** Nano-dollars per token, by token class. $1 per million tokens is exactly 1,000, so every list price is whole. */
export interface TokenPrices {
  input: bigint;
  output: bigint;
  cacheWrite5m: bigint;
  cacheWrite1h: bigint;
  cacheRead: bigint;
}

/** Price tier that replaces every price of a request, output included, when its prompt has more tokens than this. */
interface PriceTier extends TokenPrices {
  promptTokensOver: number;
}

/** One price period. Null: in force from the beginning. */
export interface ModelPrices extends TokenPrices {
  effectiveFrom: string | null;
  /** Highest threshold first, so that the first exceeded one applies. */
  tiers: readonly PriceTier[];
}

/** Prices of responses in fast mode. */
interface FastMode extends TokenPrices {
  effectiveFrom: string | null;
  /** First day on which fast mode is no longer offered. */
  effectiveUntil: string | null;
  /** False: fast mode needs no beta header any more. */
  betaHeaderRequired: boolean;
  betaHeaderNotNeededSince: string | null;
  /** Price fields derived from the published multipliers rather than published themselves. */
  derived: readonly string[];
}

/** Days on which a term of the organisation holds. `until` itself is none of them. */
export interface TermDays {
  from: string;
  /** First day without it; null: until the next term of the same kind begins. */
  until: string | null;
}

/** Price per token class that this organisation pays, in place of the list's. */
export interface OwnPeriod extends ModelPrices, TermDays {
  speed: "standard" | "fast";
}

/** Share of a model's price that is paid after a discount, in hundred-thousandths. */
export interface PaidShare extends TermDays {
  paid: bigint;
}

/** Factor on everything the organisation pays, in thousandths. */
export interface OrganisationFactor extends TermDays {
  milli: bigint;
}

/** Terms of the organisation for one model, oldest first. */
interface OwnTerms {
  periods: readonly OwnPeriod[];
  shares: readonly PaidShare[];
}

/** Reason for a missing fast mode: the field is ignored, answered with 400, or was never offered. */
type FastModeUnsupported = "ignored" | "rejected" | "not_offered";

type ModelStatus = "current" | "active" | "legacy" | "deprecated" | "retired";

/** `thinking_off`: accepted only while thinking is off. `rejected` means HTTP 400. */
type Acceptance = "ok" | "rejected" | "thinking_off";

export type Sampling =
  | { mode: "rejected" }
  | { mode: "one_of_temperature_or_top_p" }
  /** Only these values are accepted; a null one is not accepted at all. */
  | { mode: "fixed_values"; temperature: string | null; topP: string | null; topK: string | null };

/** Fields a model accepts when an override routes a request to it. Null: unknown, which counts as "not accepted". */
export interface Capabilities {
  /** Accepted `thinking.type` values. A model without `"disabled"` always thinks; empty: no thinking at all. */
  thinking: readonly string[];
  /** Behaviour when the field is left out. */
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
  /** Accepted version of the computer tool. */
  computerTool: string | null;
  fallbacks: boolean | null;
  zeroDataRetention: boolean | null;
  priorityTier: boolean | null;
  imageMaxPx: number | null;
  /** Capability fields (as named in the file) that are inferred, not documented. */
  unverified: readonly string[];
  notes: readonly string[];
}

/** Request shape that the newest Claude Code sends to this model in print mode. */
interface ClientShape {
  maxTokens: number;
  thinking: string | null;
  thinkingBudget: number | null;
  effort: string | null;
  systemRoleMessage: boolean;
  systemRoleMessageHasOutputConfig: boolean | null;
}

export interface ModelEntry {
  /** The provider's id: the only spelling that is ever forwarded. */
  id: string;
  /** Other spellings that mean this model, for matching and price look-up. */
  aliases: readonly string[];
  family: string;
  displayName: string;
  status: ModelStatus;
  /** Whether the published price and the price the official client computes agree. */
  verified: boolean;
  releasedAt: string | null;
  retiresAt: string | null;
  retiredAt: string | null;
  /** The provider's promise "will not be retired before". */
  notBefore: string | null;
  maxOutputTokens: number | null;
  contextWindow: number | null;
  /** For window checks, until the upstream's model list has a value. */
  contextWindowSafe: number | null;
  minCacheableTokens: number | null;
  maxImagesOrPages: number | null;
  /** Oldest first; the first also covers earlier days. Empty: unpriced. */
  prices: readonly ModelPrices[];
  /** What this organisation pays instead; null: the list price. */
  own: OwnTerms | null;
  fastMode: FastMode | null;
  fastModeUnsupported: FastModeUnsupported | null;
  /** 1100 = 1.1x for `inference_geo: "us"`; null: the model does not know the field. */
  inferenceGeoUsMilli: number | null;
  capabilities: Capabilities | null;
  clientShape: ClientShape | null;
  /** Contradictions between sources, in words. */
  conflicts: readonly string[];
}

/** Fields that are answered with 400 from this `anthropic-version` on. */
interface VersionRule {
  anthropicVersionFrom: string;
  rejects: readonly string[];
}

/** Models whose thinking blocks a model can read, in the provider's words. */
interface ThinkingReader {
  reader: string;
  reads: readonly string[];
}

export interface Catalogue {
  /** Version of the price list, stored with every priced request; that of the own prices is part of it. */
  priceVersion: string;
  /** Factors on the whole bill, oldest first. */
  organisationFactors: readonly OrganisationFactor[];
  asOf: string;
  models: readonly ModelEntry[];
  webSearchNanoUsd: bigint;
  /** Tokens the newer tokenizers produce for 1,000 tokens of the older ones: an estimate. */
  tokenizerRatioMilli: number;
  /** Batch requests cost this share, in thousandths. */
  batchMilli: number;
  /** Cache prices as a multiple of the input price, in thousandths, from which the listed prices follow. */
  cacheMultipliers: { write5mMilli: number; write1hMilli: number; readMilli: number };
  codeExecution: { nanoUsdPerHour: bigint; freeHours: number; freeWithWebTools: boolean };
  /** Input prices from which a model has the first and second price-tier colour. */
  colourTiers: { firstFrom: bigint; secondFrom: bigint };
  versionRules: readonly VersionRule[];
  /** Client version -> meaning of its short names ("opus" -> id). Newest client first. */
  clientAliases: readonly { clientVersion: string; aliases: Readonly<Record<string, string>> }[];
  thinkingReaders: readonly ThinkingReader[];
}
