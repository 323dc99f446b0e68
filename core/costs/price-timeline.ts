import { scaleNanoUsd } from "#core/money/nano-usd.ts";
import type { Catalogue, ModelEntry, ModelPrices, OwnPeriod, TermDays, TokenPrices } from "./catalogue.ts";
import {
  fastPricesInForce,
  organisationFraction,
  ownPeriod,
  paidFraction,
  pricesInForce,
  termInForce,
} from "./price-table.ts";

export type Speed = OwnPeriod["speed"];

/** Nano-dollars per million tokens, by token class. */
export interface Rates {
  input: bigint;
  output: bigint;
  cacheWrite5m: bigint;
  cacheWrite1h: bigint;
  cacheRead: bigint;
}

/** What a model costs on the days from `from` until the next span; null: from the beginning. */
export interface PriceSpan {
  from: string | null;
  /** What is paid, with discount and factor; null: unpriced. */
  paid: Rates | null;
  /** The same for prompts above a number of tokens, highest first. */
  tiers: readonly (Rates & { promptTokensOver: number })[];
  /** Where the price before discount and factor comes from. */
  source: "list" | "own" | "none";
  /** Percent that a discount takes off, in thousandths; null: no discount. */
  percentMilli: bigint | null;
  /** Factor on the whole bill, in thousandths; null: none. */
  factorMilli: bigint | null;
}

/** A day before every price. */
const BEGINNING = "0001-01-01";

/**
 * Lists what a model costs, span by span, oldest first. Made with the look-ups that requests are priced with, so the two
 * cannot differ. Empty where the model has no price at this speed on any day.
 */
export function listPriceSpans(model: ModelEntry, speed: Speed, catalogue: Catalogue): PriceSpan[] {
  const spans: PriceSpan[] = [];
  for (const day of [null, ...breakDays(model, catalogue)]) {
    const span = findPriceSpan(model, speed, day ?? BEGINNING, catalogue);
    const last = spans.at(-1);
    if (last === undefined || !isSameSpan(last, span)) spans.push({ ...span, from: day });
  }
  return spans.every(({ paid }) => paid === null) ? [] : spans;
}

/** Finds what a model costs on one day. */
export function findPriceSpan(model: ModelEntry, speed: Speed, day: string, catalogue: Catalogue): PriceSpan {
  const own = ownPeriod(model, speed, day);
  const prices: (TokenPrices & Partial<ModelPrices>) | null =
    speed === "fast" ? fastPricesInForce(model, day) : pricesInForce(model, day);
  const paid = paidFraction(model, day, catalogue);
  const scale = (perToken: bigint): bigint =>
    scaleNanoUsd(perToken * 1_000_000n, paid?.numerator ?? 1n, paid?.denominator ?? 1n);
  const share = model.own && termInForce(model.own.shares, day);
  return {
    from: day,
    paid: prices && toRates(prices, scale),
    tiers: (prices?.tiers ?? []).map((tier) => ({
      promptTokensOver: tier.promptTokensOver,
      ...toRates(tier, scale),
    })),
    source: prices === null ? "none" : own === null ? "list" : "own",
    percentMilli: share === null ? null : 100_000n - share.paid,
    factorMilli: organisationFraction(catalogue, day)?.numerator ?? null,
  };
}

const toRates = (prices: TokenPrices, scale: (perToken: bigint) => bigint): Rates => ({
  input: scale(prices.input),
  output: scale(prices.output),
  cacheWrite5m: scale(prices.cacheWrite5m),
  cacheWrite1h: scale(prices.cacheWrite1h),
  cacheRead: scale(prices.cacheRead),
});

/** Days on which anything of a model's price may change, in order. */
function breakDays(model: ModelEntry, { organisationFactors }: Catalogue): string[] {
  const terms: Partial<TermDays>[] = [
    ...(model.own?.periods ?? []),
    ...(model.own?.shares ?? []),
    ...organisationFactors,
  ];
  const days = [
    ...model.prices.map(({ effectiveFrom }) => effectiveFrom),
    model.fastMode?.effectiveFrom,
    model.fastMode?.effectiveUntil,
    ...terms.flatMap(({ from, until }) => [from, until]),
  ];
  return [...new Set(days.filter((day): day is string => typeof day === "string"))].sort();
}

/** A change of what a model costs, on the days from `from` until the day before `until`. */
export interface PriceChange {
  model: string;
  displayName: string;
  speed: Speed;
  from: string | null;
  /** Null: from then on. */
  until: string | null;
  before: PriceSpan;
  after: PriceSpan;
}

/** Lists what differs between two price books, by model and days. `after` may name models that `before` does not. */
export function listPriceChanges(before: Catalogue, after: Catalogue): PriceChange[] {
  const models = new Map([...before.models, ...after.models].map((model) => [model.id, model]));
  const old = new Map(before.models.map((model) => [model.id, model]));
  const current = new Map(after.models.map((model) => [model.id, model]));
  return [...models.values()].flatMap((model) => {
    const one = old.get(model.id) ?? withoutPrices(model);
    const other = current.get(model.id) ?? withoutPrices(model);
    return (["standard", "fast"] as const).flatMap((speed) => changesOfModel([one, before], [other, after], speed));
  });
}

type Side = readonly [model: ModelEntry, catalogue: Catalogue];

function changesOfModel([one, before]: Side, [other, after]: Side, speed: Speed): PriceChange[] {
  const days = [...new Set([...breakDays(one, before), ...breakDays(other, after)])].sort();
  const changes: PriceChange[] = [];
  // A change that goes on over a day that changes nothing more is one change.
  let open: PriceChange | null = null;
  for (const day of [null, ...days]) {
    const old = findPriceSpan(one, speed, day ?? BEGINNING, before);
    const current = findPriceSpan(other, speed, day ?? BEGINNING, after);
    if (open !== null && isSamePrice(open.before, old) && isSamePrice(open.after, current)) continue;
    if (open !== null) changes.push({ ...open, until: day });
    open = isSamePrice(old, current)
      ? null
      : {
          model: other.id,
          displayName: other.displayName,
          speed,
          from: day,
          until: null,
          before: old,
          after: current,
        };
  }
  return open === null ? changes : [...changes, open];
}

const withoutPrices = (model: ModelEntry): ModelEntry => ({ ...model, prices: [], own: null, fastMode: null });

const toKey = ({ paid, tiers }: PriceSpan): string =>
  JSON.stringify([paid, tiers], (_name, value: unknown) => (typeof value === "bigint" ? value.toString() : value));

const isSamePrice = (one: PriceSpan, other: PriceSpan): boolean => toKey(one) === toKey(other);

const isSameSpan = (one: PriceSpan, other: PriceSpan): boolean =>
  isSamePrice(one, other) &&
  (one.paid === null ||
    (one.source === other.source && one.percentMilli === other.percentMilli && one.factorMilli === other.factorMilli));
