import type { Catalogue, ModelEntry, ModelPrices, OwnPeriod, TermDays, TokenPrices } from "./catalogue.ts";

/**
 * Finds the price period in force on a day: the organisation's own, else the list's. Of the list it is the last one that
 * began by then. The first also covers earlier days.
 */
export function pricesInForce(model: ModelEntry, day: string): ModelPrices | null {
  const own = ownPeriod(model, "standard", day);
  if (own !== null) return own;
  let inForce: ModelPrices | null = model.prices[0] ?? null;
  for (const period of model.prices) {
    if (period.effectiveFrom === null || period.effectiveFrom <= day) inForce = period;
  }
  return inForce;
}

/** Finds the fast-mode prices in force on a day, own before listed; null when the model has none then. */
export function fastPricesInForce(model: ModelEntry, day: string): TokenPrices | null {
  const own = ownPeriod(model, "fast", day);
  if (own !== null) return own;
  const fast = model.fastMode;
  if (fast === null) return null;
  if (fast.effectiveFrom !== null && day < fast.effectiveFrom) return null;
  if (fast.effectiveUntil !== null && day >= fast.effectiveUntil) return null;
  return fast;
}

/** Finds the own price of a model that is in force on a day; null where the list's holds. */
export function ownPeriod(model: ModelEntry, speed: OwnPeriod["speed"], day: string): OwnPeriod | null {
  if (model.own === null) return null;
  return termInForce(
    model.own.periods.filter((period) => period.speed === speed),
    day,
  );
}

/** Finds the term in force on a day, of terms that are in order and do not overlap. */
export function termInForce<Term extends TermDays>(terms: readonly Term[], day: string): Term | null {
  const last = terms.findLast(({ from }) => from <= day);
  return last !== undefined && (last.until === null || day < last.until) ? last : null;
}

/** Part of a price that is paid, as a fraction: terms of the organisation on top of a price. */
interface PaidFraction {
  numerator: bigint;
  denominator: bigint;
}

/** Hundred-thousandths of a share, and thousandths of a factor. */
const SHARE = 100_000n;
const FACTOR = 1_000n;

/** Finds the organisation's factor on the whole bill on a day; null: one. */
export function organisationFraction({ organisationFactors }: Catalogue, day: string): PaidFraction | null {
  if (organisationFactors.length === 0) return null;
  const factor = termInForce(organisationFactors, day);
  return factor && { numerator: factor.milli, denominator: FACTOR };
}

/** Finds the part of a token's price that is paid on a day. Null: all of it. */
export function paidFraction(model: ModelEntry, day: string, catalogue: Catalogue): PaidFraction | null {
  const ofAll = organisationFraction(catalogue, day);
  const share = model.own && termInForce(model.own.shares, day);
  if (share === null) return ofAll;
  if (ofAll === null) return { numerator: share.paid, denominator: SHARE };
  return { numerator: share.paid * ofAll.numerator, denominator: SHARE * ofAll.denominator };
}

/** Finds the price per token class of a request with this many prompt tokens; all five classes change together. */
export function tokenPrices(prices: ModelPrices, promptTokens: number): TokenPrices {
  return prices.tiers.find((tier) => promptTokens > tier.promptTokensOver) ?? prices;
}
