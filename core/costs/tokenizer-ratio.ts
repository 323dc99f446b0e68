import type { Catalogue, ModelEntry } from "./catalogue.ts";
import { cachedTokens, promptTokens, type Usage } from "./usage.ts";

/**
 * Estimates the tokens the requested model would have needed per 1,000 tokens of the served one. It is 1000 inside one
 * tokenizer generation or when either is unknown. It is about 769 from a new served model to an old requested one,
 * about 1300 the other way round.
 */
export function tokenizerRatioMilli(
  requested: ModelEntry | null,
  served: ModelEntry | null,
  catalogue: Catalogue,
): number {
  const asked = requested?.capabilities?.tokenizer ?? null;
  const given = served?.capabilities?.tokenizer ?? null;
  if (asked === null || given === null || asked === given) return 1000;
  if (asked === "new") return catalogue.tokenizerRatioMilli;
  return Math.round(1_000_000 / catalogue.tokenizerRatioMilli);
}

/**
 * Estimates the usage of the requested model for the same work. Each class is scaled by the recorded ratio and
 * rounded half up to whole tokens, so the baseline can be recomputed from the stored event; searches are not tokens.
 */
export function baselineUsage(
  usage: Usage,
  requested: ModelEntry | null,
  served: ModelEntry | null,
  ratioMilli: number,
): Usage {
  const scaled: Usage = {
    inputTokens: scaleTokens(usage.inputTokens, ratioMilli),
    cacheWrite5mTokens: scaleTokens(usage.cacheWrite5mTokens, ratioMilli),
    cacheWrite1hTokens: scaleTokens(usage.cacheWrite1hTokens, ratioMilli),
    cacheReadTokens: scaleTokens(usage.cacheReadTokens, ratioMilli),
    outputTokens: scaleTokens(usage.outputTokens, ratioMilli),
    thinkingTokens: scaleTokens(usage.thinkingTokens, ratioMilli),
    webSearches: usage.webSearches,
  };
  return couldNotHaveCached(scaled, requested, served) ? withoutPromptCache(scaled) : scaled;
}

/** Scales a count by tokens per 1,000, rounded half up to whole tokens. */
export const scaleTokens = (tokens: number, ratioMilli: number): number =>
  Math.floor((tokens * ratioMilli + 500) / 1000);

/**
 * Whether the requested model could not have cached this prompt: a prefix below its minimum is never cached. Checked
 * only where the served model's minimum is smaller: with equal minimums the provider did cache, and its response
 * overrides our table.
 */
function couldNotHaveCached(usage: Usage, requested: ModelEntry | null, served: ModelEntry | null): boolean {
  const wanted = requested?.minCacheableTokens ?? null;
  const used = served?.minCacheableTokens ?? null;
  if (wanted === null || used === null || wanted <= used) return false;
  const prefix = cachedTokens(usage);
  return prefix > 0 && prefix < wanted;
}

const withoutPromptCache = (usage: Usage): Usage => ({
  ...usage,
  inputTokens: promptTokens(usage),
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  cacheReadTokens: 0,
});
