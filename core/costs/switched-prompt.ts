import type { Catalogue } from "./catalogue.ts";
import { findModel } from "./model-key.ts";
import { scaleTokens, tokenizerRatioMilli } from "./tokenizer-ratio.ts";
import { cachedTokens, cacheWrites, type Usage } from "./usage.ts";

/** Prompt tokens of one conversation in a model's cache at the provider. */
interface CachedPrompt {
  model: string;
  /** Model whose tokenizer counted the tokens. */
  countedBy: string;
  tokens: number;
  /** End of their time to live, epoch ms. */
  untilMs: number;
}

/**
 * Prompt caches of one conversation. `served` are those that its requests filled, `requested` those they would have
 * filled if each had been served by the model it asked for. They differ only where a rule chose, or stopped to.
 */
export interface ConversationCaches {
  served: readonly CachedPrompt[];
  requested: readonly CachedPrompt[];
}

/** A request whose usage is known to the end, as it stands to the conversation. */
interface CachedRequest {
  startedAtMs: number;
  requested: string;
  served: string;
  usage: Usage;
  /** Time to live of what it has cached. */
  ttlMs: number;
  /** Whether its prompt begins with all that was cached before. */
  goesOn: boolean;
}

/** Models that one conversation is remembered under: a person changes between two or three. */
const MODELS_MAX = 4;

/**
 * Prompt tokens the served model wrote to its cache, which the requested one would have read. That is the price of a
 * switch by a rule, and of its end. Negative: tokens it read, which the requested model would have had to write. Zero
 * where both caches held the same, so that a miss at the provider counts for both. In tokens of the served model.
 */
export function findRewrittenTokens(
  before: ConversationCaches,
  { startedAtMs, requested, served, usage, goesOn }: CachedRequest,
  catalogue: Catalogue,
): number {
  if (!goesOn) return 0;
  const held = (caches: readonly CachedPrompt[], name: string): number => {
    const model = toModelId(name, catalogue);
    const found = caches.find((one) => one.model === model && one.untilMs >= startedAtMs);
    return found === undefined ? 0 : scale(found.tokens, found.countedBy, served, catalogue);
  };
  const ofServed = held(before.served, served);
  const ofRequested = held(before.requested, requested);
  const { cacheReadTokens: read } = usage;
  if (ofRequested > ofServed)
    return Math.min(cacheWrites(usage), Math.max(0, Math.min(ofRequested, cachedTokens(usage)) - read));
  return -Math.min(read, Math.max(0, Math.min(read, ofServed) - ofRequested)) || 0;
}

/**
 * Prompt tokens that were in the cache after a conversation's last request and that this one did not read. In tokens of
 * the model that served this one.
 */
export function findLostTokens(
  last: { served: string; cachedTokens: number },
  { served, usage, catalogue }: { served: string; usage: Usage; catalogue: Catalogue },
): number {
  const held = last.served === served ? last.cachedTokens : scale(last.cachedTokens, last.served, served, catalogue);
  return Math.max(0, held - usage.cacheReadTokens);
}

/** Returns the caches of a conversation whose requests all asked for one model, and were all served by one. */
export function firstCaches(
  last: { startedAtMs: number; requested: string; served: string; cachedTokens: number; ttlMs: number },
  catalogue: Catalogue,
): ConversationCaches {
  const prompt = {
    countedBy: toModelId(last.served, catalogue),
    tokens: last.cachedTokens,
    untilMs: last.startedAtMs + last.ttlMs,
  };
  return {
    served: [{ model: toModelId(last.served, catalogue), ...prompt }],
    requested: [{ model: toModelId(last.requested, catalogue), ...prompt }],
  };
}

/** The caches after a request. A prompt that does not go on with what was cached leaves nothing of it. */
export function cachesAfter(
  before: ConversationCaches,
  { startedAtMs, requested, served, usage, ttlMs, goesOn }: CachedRequest,
  catalogue: Catalogue,
): ConversationCaches {
  const countedBy = toModelId(served, catalogue);
  const tokens = cachedTokens(usage);
  const untilMs = startedAtMs + ttlMs;
  const fill = (caches: readonly CachedPrompt[], name: string): CachedPrompt[] => {
    const model = toModelId(name, catalogue);
    const others = goesOn ? caches.filter((one) => one.model !== model && one.untilMs >= startedAtMs) : [];
    return [{ model, countedBy, tokens, untilMs }, ...others.slice(0, MODELS_MAX - 1)];
  };
  return { served: fill(before.served, served), requested: fill(before.requested, requested) };
}

/**
 * The usage as the requested model would have had it: tokens move from written to read, or back. What was written for
 * an hour stands in front of what was written for five minutes, so it is moved first.
 */
export function withoutRewrites(usage: Usage, rewrittenTokens: number): Usage {
  if (rewrittenTokens === 0) return usage;
  const { cacheWrite5mTokens: short, cacheWrite1hTokens: long, cacheReadTokens: read } = usage;
  if (rewrittenTokens > 0) {
    const fromLong = Math.min(long, rewrittenTokens);
    const fromShort = Math.min(short, rewrittenTokens - fromLong);
    const moved = { cacheWrite1hTokens: long - fromLong, cacheWrite5mTokens: short - fromShort };
    return { ...usage, ...moved, cacheReadTokens: read + fromLong + fromShort };
  }
  const moved = Math.min(read, -rewrittenTokens);
  const written = long > 0 ? { cacheWrite1hTokens: long + moved } : { cacheWrite5mTokens: short + moved };
  return { ...usage, ...written, cacheReadTokens: read - moved };
}

const toModelId = (name: string, catalogue: Catalogue): string => findModel(catalogue, name)?.id ?? name;

function scale(tokens: number, from: string, to: string, catalogue: Catalogue): number {
  const ratioMilli = tokenizerRatioMilli(findModel(catalogue, to), findModel(catalogue, from), catalogue);
  return scaleTokens(tokens, ratioMilli);
}
