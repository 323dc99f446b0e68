import { type NanoUsd, nanoUsd } from "#core/money/nano-usd.ts";
import type { CostTotals } from "./cost-totals.ts";

/** Totals in JSON form: counts as numbers, money as decimal strings of nano-dollars, null where it is not known. */
export interface FiguresView {
  requests: number;
  errors: number;
  overrides: number;
  fallbacks: number;
  skips: number;
  /** Requests without a known price; the money below does not contain them. */
  unpriced: number;
  /** Of those, the ones of subscription traffic: missing in the plan value, not in the cost. */
  planUnpriced: number;
  estimated: number;
  inputTokens: number;
  cacheWrite5mTokens: number;
  cacheWrite1hTokens: number;
  cacheReadTokens: number;
  outputTokens: number;
  webSearches: number;
  costNanoUsd: string | null;
  savedNanoUsd: string | null;
  avoidedNanoUsd: string | null;
  fullPriceNanoUsd: string | null;
  planValueNanoUsd: string | null;
  /** The part of the cost that corrections added; "0" without any. */
  correctedNanoUsd: string;
  /** The same of the plan value. */
  planCorrectedNanoUsd: string;
}

/**
 * Totals as APIs carry them: counts as numbers, money as decimal strings of nano-dollars, null where it is not known.
 */
export function figuresView(totals: CostTotals): FiguresView {
  return {
    requests: Number(totals.requests),
    errors: Number(totals.errors),
    overrides: Number(totals.overrides),
    fallbacks: Number(totals.fallbacks),
    skips: Number(totals.skips),
    unpriced: Number(totals.unpriced),
    planUnpriced: Number(totals.planUnpriced),
    estimated: Number(totals.estimated),
    inputTokens: Number(totals.inputTokens),
    cacheWrite5mTokens: Number(totals.cacheWrite5mTokens),
    cacheWrite1hTokens: Number(totals.cacheWrite1hTokens),
    cacheReadTokens: Number(totals.cacheReadTokens),
    outputTokens: Number(totals.outputTokens),
    webSearches: Number(totals.webSearches),
    costNanoUsd: totals.cost?.toString() ?? null,
    savedNanoUsd: totals.saved?.toString() ?? null,
    avoidedNanoUsd: totals.avoided?.toString() ?? null,
    fullPriceNanoUsd: totals.fullPrice?.toString() ?? null,
    planValueNanoUsd: totals.planValue?.toString() ?? null,
    correctedNanoUsd: totals.corrected.toString(),
    planCorrectedNanoUsd: totals.planCorrected.toString(),
  };
}

/** Sums all tokens the models read and wrote. */
export const sumTokens = (view: FiguresView): number =>
  view.inputTokens + view.cacheWrite5mTokens + view.cacheWrite1hTokens + view.cacheReadTokens + view.outputTokens;

/** Counts the requests that are missing in the cost; those of subscription traffic are missing in the plan value. */
export const countMissingCosts = ({ unpriced, planUnpriced }: Pick<FiguresView, "unpriced" | "planUnpriced">): number =>
  unpriced - planUnpriced;

/** Converts a view back to exact totals: files contain the same numbers as the screen. */
export function totalsOfView(view: FiguresView): CostTotals {
  return {
    requests: BigInt(view.requests),
    errors: BigInt(view.errors),
    overrides: BigInt(view.overrides),
    fallbacks: BigInt(view.fallbacks),
    skips: BigInt(view.skips),
    unpriced: BigInt(view.unpriced),
    planUnpriced: BigInt(view.planUnpriced),
    estimated: BigInt(view.estimated),
    inputTokens: BigInt(view.inputTokens),
    cacheWrite5mTokens: BigInt(view.cacheWrite5mTokens),
    cacheWrite1hTokens: BigInt(view.cacheWrite1hTokens),
    cacheReadTokens: BigInt(view.cacheReadTokens),
    outputTokens: BigInt(view.outputTokens),
    webSearches: BigInt(view.webSearches),
    cost: toNanoUsd(view.costNanoUsd),
    saved: toNanoUsd(view.savedNanoUsd),
    avoided: toNanoUsd(view.avoidedNanoUsd),
    fullPrice: toNanoUsd(view.fullPriceNanoUsd),
    planValue: toNanoUsd(view.planValueNanoUsd),
    corrected: BigInt(view.correctedNanoUsd),
    planCorrected: BigInt(view.planCorrectedNanoUsd),
  };
}

const toNanoUsd = (text: string | null): NanoUsd | null => (text === null ? null : nanoUsd(BigInt(text)));
