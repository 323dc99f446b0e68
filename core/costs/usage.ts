/**
 * Usage of one request by token class. The classes never overlap: `inputTokens` is the uncached part only, and the
 * prompt is input + cache writes + cache reads. Thinking tokens are a share of output, not an addition to it. Source:
 * the Messages API's `usage` object.
 */
export interface Usage {
  inputTokens: number;
  cacheWrite5mTokens: number;
  cacheWrite1hTokens: number;
  cacheReadTokens: number;
  outputTokens: number;
  /** Part of `outputTokens`. */
  thinkingTokens: number;
  webSearches: number;
}

/**
 * One model's share of a request. Where the provider falls back, compacts or asks an adviser, several models share the
 * bill.
 */
export interface UsagePart {
  /** Kind in the provider's terms: `message`, `compaction`, `advisor_message`, `fallback_message`. */
  kind: string;
  model: string;
  usage: Usage;
}

/** Circumstances of a request that change its price. */
export interface PriceContext {
  /** `"standard"`, `"priority"`, `"batch"`; null when the provider sent none. */
  serviceTier: string | null;
  /** `"fast"` for a response in fast mode. */
  speed: string | null;
  /** `"us"` costs 1.1x on models that know it. */
  inferenceGeo: string | null;
}

export const emptyUsage = (): Usage => ({
  inputTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  cacheReadTokens: 0,
  outputTokens: 0,
  thinkingTokens: 0,
  webSearches: 0,
});

/** Tokens that the provider wrote into its prompt cache. */
export const cacheWrites = (usage: Usage): number => usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;

/** Tokens of the prompt that the provider's cache holds after the request. */
export const cachedTokens = (usage: Usage): number => cacheWrites(usage) + usage.cacheReadTokens;

/** Sums everything the model read: the number that decides the price tier. */
export const promptTokens = (usage: Usage): number => usage.inputTokens + cachedTokens(usage);
