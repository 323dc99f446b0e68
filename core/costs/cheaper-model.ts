import { scaleNanoUsd } from "#core/money/nano-usd.ts";
import type { Catalogue, ModelEntry, TokenPrices } from "./catalogue.ts";
import type { CostMeasures } from "./cost-totals.ts";
import { findModel, findTier } from "./model-key.ts";
import { pricesInForce } from "./price-table.ts";

/**
 * Finds the model this traffic could move to: the current model of the next price tier down. Null when there is none.
 */
export function cheaperModel(catalogue: Catalogue, id: string): ModelEntry | null {
  const tier = findTier(catalogue, id);
  if (tier === null || tier === 3) return null;
  const candidates = catalogue.models.filter(
    (model) => model.status === "current" && findTier(catalogue, model.id) === tier + 1,
  );
  const inputPrice = (model: ModelEntry) => pricesInForce(model, catalogue.asOf)?.input ?? 0n;
  return candidates.sort((a, b) => (inputPrice(a) < inputPrice(b) ? 1 : -1))[0] ?? null;
}

/**
 * Estimates the saving of the same tokens on another model at today's list prices. The other model may need more or
 * fewer tokens. Null when either price is unknown.
 */
export function wouldSave(
  catalogue: Catalogue,
  from: string,
  to: string,
  used: Pick<
    CostMeasures,
    "inputTokens" | "cacheWrite5mTokens" | "cacheWrite1hTokens" | "cacheReadTokens" | "outputTokens" | "costNanoUsd"
  >,
): bigint | null {
  const now = findPrices(catalogue, from);
  const then = findPrices(catalogue, to);
  if (!now || !then) return null;
  const priced = (prices: TokenPrices) =>
    used.inputTokens * prices.input +
    used.cacheWrite5mTokens * prices.cacheWrite5m +
    used.cacheWrite1hTokens * prices.cacheWrite1h +
    used.cacheReadTokens * prices.cacheRead +
    used.outputTokens * prices.output;
  const atNow = priced(now);
  // Scaled from the recorded cost, so that batch, fast and regional prices stay in it.
  return atNow === 0n ? null : used.costNanoUsd - scaleNanoUsd(used.costNanoUsd, priced(then), atNow);
}

function findPrices(catalogue: Catalogue, id: string): TokenPrices | null {
  const model = findModel(catalogue, id);
  return model && pricesInForce(model, catalogue.asOf);
}
