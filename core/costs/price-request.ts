// Long because cost, baseline and parts of a bill are one computation, and must round alike.

import type { EventCosts } from "#core/activity/event-schema.ts";
import { type NanoUsd, nanoUsd, scaleNanoUsd } from "#core/money/nano-usd.ts";
import { toUtcDay } from "../time/utc-day.ts";
import type { Catalogue, ModelEntry, TokenPrices } from "./catalogue.ts";
import { findModel } from "./model-key.ts";
import { fastPricesInForce, organisationFraction, paidFraction, pricesInForce, tokenPrices } from "./price-table.ts";
import { withoutRewrites } from "./switched-prompt.ts";
import { baselineUsage, tokenizerRatioMilli } from "./tokenizer-ratio.ts";
import { type PriceContext, promptTokens, type Usage, type UsagePart } from "./usage.ts";

/** Money by token class, under the names of the event. */
type BucketCosts = { [bucket in keyof EventCosts]: NanoUsd };

export interface PriceInput {
  requested: string;
  served: string;
  usage: Usage;
  /** Usage per billed model, where that is not the served model alone; see `buildUsageParts`. Adds up to `usage`. */
  parts?: readonly UsagePart[];
  context: PriceContext;
  /** Circumstances the request asked for, where they differ from those it was served in (fast mode dropped). */
  requestedContext?: PriceContext;
  /** What the requested model would have read of what was written; see `findRewrittenTokens`. Only without `parts`. */
  rewrittenTokens?: number;
  /** Start of the request: its UTC day selects the price period. */
  atMs: number;
}

export interface Priced {
  priceVersion: string;
  /** Null = unpriced, never zero. */
  costs: BucketCosts | null;
  /** Exactly the sum of `costs`. */
  cost: NanoUsd | null;
  /** Cost of the same work on the requested model: an estimate as soon as the tokenizers differ. */
  baseline: NanoUsd | null;
  /** baseline - cost; negative when the override cost money; null when either is unknown. */
  saved: NanoUsd | null;
  /** Tokens the requested model would have needed per 1,000 tokens of the served one. */
  tokenizerRatioMilli: number;
}

/**
 * Prices a request, and its baseline on the requested model. Null means no price is known; a zero would read as a
 * saving.
 */
export function priceRequest(input: PriceInput, catalogue: Catalogue): Priced {
  const requested = findModel(catalogue, input.requested);
  const served = findModel(catalogue, input.served);
  const ratioMilli = tokenizerRatioMilli(requested, answeringModel(input, served, catalogue), catalogue);

  const costs = paidCosts(input, served, catalogue);
  const isSame = requested === served && input.requestedContext === undefined && !input.rewrittenTokens;
  const baselineCosts = isSame ? costs : priceBaseline(input, requested, served, catalogue);
  const cost = costs && sumBuckets(costs);
  const baseline = baselineCosts && sumBuckets(baselineCosts);
  const saved = cost === null || baseline === null ? null : nanoUsd(baseline - cost);
  return { priceVersion: catalogue.priceVersion, costs, cost, baseline, saved, tokenizerRatioMilli: ratioMilli };
}

/** Computes the baseline of `priceRequest` by token class: the terms of its sum. Null = unpriced. */
export function baselineCosts(input: PriceInput, catalogue: Catalogue): BucketCosts | null {
  const requested = findModel(catalogue, input.requested);
  const served = findModel(catalogue, input.served);
  return priceBaseline(input, requested, served, catalogue);
}

/** Model that produced the response: the last of several, or the one that was requested. */
function answeringModel(
  { parts = [] }: PriceInput,
  served: ModelEntry | null,
  catalogue: Catalogue,
): ModelEntry | null {
  const last = parts.at(-1);
  return last === undefined ? served : findModel(catalogue, last.model);
}

/**
 * Prices each part at its own model's price. A part without a price leaves the whole unpriced: a sum without it would
 * be a guess.
 */
function paidCosts(input: PriceInput, served: ModelEntry | null, catalogue: Catalogue): BucketCosts | null {
  const { usage, context, parts = [], atMs } = input;
  const day = toUtcDay(atMs);
  if (parts.length === 0) return served && priceBuckets(served, usage, context, day, catalogue);
  return sumOfCosts(parts.map((part) => ownCosts(part, context, day, catalogue)));
}

/** Prices each part of a bill alone: the terms of `priceRequest`'s cost where there are parts. Null = unpriced. */
export const partCosts = (input: PriceInput, catalogue: Catalogue): (NanoUsd | null)[] =>
  partBuckets(input, catalogue).map((costs) => costs && sumBuckets(costs));

/** The same by token class. */
export function partBuckets({ parts = [], context, atMs }: PriceInput, catalogue: Catalogue): (BucketCosts | null)[] {
  const day = toUtcDay(atMs);
  return parts.map((part) => ownCosts(part, context, day, catalogue));
}

function ownCosts(part: UsagePart, context: PriceContext, day: string, catalogue: Catalogue): BucketCosts | null {
  const model = findModel(catalogue, part.model);
  return model && priceBuckets(model, part.usage, standardWhereNotFast(model, context, day), day, catalogue);
}

/**
 * Prices the same work on the requested model. An attempt that the provider abandoned for a fallback is no work that
 * counts: paid, and lost. An adviser costs the adviser's price with any requesting model.
 */
function priceBaseline(
  input: PriceInput,
  requested: ModelEntry | null,
  served: ModelEntry | null,
  catalogue: Catalogue,
): BucketCosts | null {
  if (requested === null) return null;
  const { parts = [], usage, context, atMs } = input;
  if (parts.length === 0) {
    const alone = withoutRewrites(usage, input.rewrittenTokens ?? 0);
    return onRequested({ input, requested, by: served, usage: alone }, catalogue);
  }
  const fallback = parts.find(({ kind }) => kind === "fallback_message");
  const counted = parts.filter(({ kind, model }) => !(fallback && kind === "message" && model !== fallback.model));
  return sumOfCosts(
    counted.map((part) =>
      part.kind === "advisor_message"
        ? ownCosts(part, context, toUtcDay(atMs), catalogue)
        : onRequested({ input, requested, by: findModel(catalogue, part.model), usage: part.usage }, catalogue),
    ),
  );
}

interface OnRequested {
  input: PriceInput;
  requested: ModelEntry;
  /** Model whose tokens `usage` counts. */
  by: ModelEntry | null;
  usage: Usage;
}

function onRequested({ input, requested, by, usage }: OnRequested, catalogue: Catalogue): BucketCosts | null {
  const day = toUtcDay(input.atMs);
  const wouldHaveUsed = baselineUsage(usage, requested, by, tokenizerRatioMilli(requested, by, catalogue));
  const context = standardWhereNotFast(requested, input.requestedContext ?? input.context, day);
  return priceBuckets(requested, wouldHaveUsed, context, day, catalogue);
}

function sumOfCosts(all: readonly (BucketCosts | null)[]): BucketCosts | null {
  const sum = noCosts();
  for (const costs of all) {
    if (costs === null) return null;
    for (const bucket of Object.keys(sum) as (keyof BucketCosts)[]) sum[bucket] = nanoUsd(sum[bucket] + costs[bucket]);
  }
  return sum;
}

/**
 * Prices a response-cache hit. Nothing was paid, so cost, baseline and saving are zero, and the requested model's cost
 * is `avoided`. Kept apart, cost + saved + avoided is the full price and nothing is counted twice.
 */
export function priceCacheHit(input: PriceInput, catalogue: Catalogue): Priced & { avoided: NanoUsd } {
  const priced = priceRequest(input, catalogue);
  const zero = nanoUsd(0);
  const avoided = priced.baseline ?? priced.cost ?? zero;
  return { ...priced, costs: noCosts(), cost: zero, baseline: zero, saved: zero, avoided };
}

/** Formats costs for an event: decimal strings. */
export function eventCosts(costs: BucketCosts): EventCosts {
  return {
    inputNanoUsd: costs.inputNanoUsd.toString(),
    cacheWrite5mNanoUsd: costs.cacheWrite5mNanoUsd.toString(),
    cacheWrite1hNanoUsd: costs.cacheWrite1hNanoUsd.toString(),
    cacheReadNanoUsd: costs.cacheReadNanoUsd.toString(),
    outputNanoUsd: costs.outputNanoUsd.toString(),
    webSearchNanoUsd: costs.webSearchNanoUsd.toString(),
  };
}

/** Of a multiplier that is the product of two thousandths. */
const SCALE = 1_000_000n;
const WHOLE = { numerator: 1n, denominator: 1n };

/**
 * Prices each token class. Every class is rounded once, to whole nano-dollars, after all multipliers; the total is
 * the exact sum of the classes, so that a breakdown always adds up to the cost shown.
 */
function priceBuckets(
  model: ModelEntry,
  usage: Usage,
  context: PriceContext,
  day: string,
  catalogue: Catalogue,
): BucketCosts | null {
  const prices = perToken(model, usage, context, day);
  if (prices === null) return null;
  const batchMilli = context.serviceTier === "batch" ? catalogue.batchMilli : 1000;
  const geoMilli = context.inferenceGeo === "us" ? (model.inferenceGeoUsMilli ?? 1000) : 1000;
  const paid = paidFraction(model, day, catalogue) ?? WHOLE;
  const multiplier = BigInt(batchMilli) * BigInt(geoMilli) * paid.numerator;
  const scale = SCALE * paid.denominator;
  const price = (tokens: number, perToken: bigint) => {
    const plain = BigInt(tokens) * perToken;
    return multiplier === scale ? nanoUsd(plain) : scaleNanoUsd(plain, multiplier, scale);
  };
  return {
    inputNanoUsd: price(usage.inputTokens, prices.input),
    cacheWrite5mNanoUsd: price(usage.cacheWrite5mTokens, prices.cacheWrite5m),
    cacheWrite1hNanoUsd: price(usage.cacheWrite1hTokens, prices.cacheWrite1h),
    cacheReadNanoUsd: price(usage.cacheReadTokens, prices.cacheRead),
    outputNanoUsd: price(usage.outputTokens, prices.output),
    webSearchNanoUsd: priceSearches(usage.webSearches, day, catalogue),
  };
}

/** Prices web searches. Only the organisation's factor applies to them: no discount of a model, no other multiplier. */
function priceSearches(count: number, day: string, catalogue: Catalogue): NanoUsd {
  const listed = BigInt(count) * catalogue.webSearchNanoUsd;
  const paid = organisationFraction(catalogue, day);
  return paid === null ? nanoUsd(listed) : scaleNanoUsd(listed, paid.numerator, paid.denominator);
}

function perToken(model: ModelEntry, usage: Usage, context: PriceContext, day: string): TokenPrices | null {
  // Price a fast response of a model that ignores the switch as an ordinary one. Any other model has its fast price,
  // which is unknown where there is none.
  if (context.speed === "fast" && model.fastModeUnsupported !== "ignored") return fastPricesInForce(model, day);
  const prices = pricesInForce(model, day);
  return prices && tokenPrices(prices, promptTokens(usage));
}

/** Falls back to standard speed for a requested model without a fast mode. */
function standardWhereNotFast(model: ModelEntry, context: PriceContext, day: string): PriceContext {
  if (context.speed !== "fast" || fastPricesInForce(model, day)) return context;
  return { ...context, speed: null };
}

const sumBuckets = (costs: BucketCosts): NanoUsd =>
  nanoUsd(
    costs.inputNanoUsd +
      costs.cacheWrite5mNanoUsd +
      costs.cacheWrite1hNanoUsd +
      costs.cacheReadNanoUsd +
      costs.outputNanoUsd +
      costs.webSearchNanoUsd,
  );

const noCosts = (): BucketCosts => ({
  inputNanoUsd: nanoUsd(0),
  cacheWrite5mNanoUsd: nanoUsd(0),
  cacheWrite1hNanoUsd: nanoUsd(0),
  cacheReadNanoUsd: nanoUsd(0),
  outputNanoUsd: nanoUsd(0),
  webSearchNanoUsd: nanoUsd(0),
});
