import type { FastMode, ModelEntry, ModelPrices, TokenPrices } from "./catalogue.ts";

/**
 * Finds the price period in force on a day. It is the last one that began by then. The first also covers earlier days.
 */
export function pricesInForce(model: ModelEntry, day: string): ModelPrices | null {
  let inForce: ModelPrices | null = model.prices[0] ?? null;
  for (const period of model.prices) {
    if (period.effectiveFrom === null || period.effectiveFrom <= day) inForce = period;
  }
  return inForce;
}

/** Finds the fast-mode prices in force on a day; null when the model has none then. */
export function fastPricesInForce(model: ModelEntry, day: string): FastMode | null {
  const fast = model.fastMode;
  if (fast === null) return null;
  if (fast.effectiveFrom !== null && day < fast.effectiveFrom) return null;
  if (fast.effectiveUntil !== null && day >= fast.effectiveUntil) return null;
  return fast;
}

/** Finds the price per token class of a request with this many prompt tokens; all five classes change together. */
export function tokenPrices(prices: ModelPrices, promptTokens: number): TokenPrices {
  return prices.tiers.find((tier) => promptTokens > tier.promptTokensOver) ?? prices;
}
