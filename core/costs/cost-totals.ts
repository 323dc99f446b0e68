import { type NanoUsd, nanoUsd } from "#core/money/nano-usd.ts";
import type { SummedMeasure } from "./rollup.ts";

/** Counters of rollup rows and totals, under the same names. */
const counters = [
  "requests",
  "errors",
  "overrides",
  "fallbacks",
  "skips",
  "unpriced", // requests without a known price; their money is in no sum
  "estimated",
  "inputTokens",
  "cacheWrite5mTokens",
  "cacheWrite1hTokens",
  "cacheReadTokens",
  "outputTokens",
  "webSearches",
] as const satisfies readonly SummedMeasure[];
type Counts = Record<(typeof counters)[number], bigint>;

/** Measures of a rollup row from which money is derived; rows of the daily and quarter-hour rollup fit. */
export interface CostMeasures extends Counts {
  billingMode: string;
  costNanoUsd: bigint;
  savedNanoUsd: bigint;
  avoidedNanoUsd: bigint;
}

/** Sums of rollup rows. Subscription traffic is plan value, never cost, and saves no payable amount. */
export interface CostTotals extends Counts {
  /** Paid for the served models. */
  cost: NanoUsd;
  /** Saved by rules; may be negative. */
  saved: NanoUsd;
  /** Avoided by the response cache. */
  avoided: NanoUsd;
  /** cost + saved + avoided: what the requested models would have cost. */
  fullPrice: NanoUsd;
  /** List-price worth of subscription traffic. */
  planValue: NanoUsd;
}

/** Sums rows exactly, in any order. */
export function sumTotals(rows: Iterable<CostMeasures>): CostTotals {
  const totals = noTotals();
  for (const row of rows) addRow(totals, row);
  return totals;
}

export const noTotals = (): CostTotals => ({
  ...(Object.fromEntries(counters.map((name) => [name, 0n])) as Counts),
  cost: nanoUsd(0),
  saved: nanoUsd(0),
  avoided: nanoUsd(0),
  fullPrice: nanoUsd(0),
  planValue: nanoUsd(0),
});

/** Adds a row to totals under construction, in place. */
export function addRow(totals: CostTotals, row: CostMeasures): void {
  for (const name of counters) totals[name] += row[name];
  const { cost, saved, avoided, planValue } = splitByBilling(row.billingMode, row);
  totals.planValue = nanoUsd(totals.planValue + planValue);
  totals.cost = nanoUsd(totals.cost + cost);
  totals.saved = nanoUsd(totals.saved + saved);
  totals.avoided = nanoUsd(totals.avoided + avoided);
  totals.fullPrice = nanoUsd(totals.cost + totals.saved + totals.avoided);
}

/** Recorded money, as sums or as the text of one request. */
interface Recorded<Money> {
  costNanoUsd: Money;
  savedNanoUsd: Money;
  avoidedNanoUsd: Money;
}

/** Spend, and apart from it the plan value of subscription traffic. */
interface Split<Money> {
  cost: Money;
  saved: Money;
  avoided: Money;
  planValue: Money;
}

/**
 * Splits recorded money into spend and the plan value of subscription traffic, which was not paid and saves no
 * payable amount. Every surface that shows dollars splits them here.
 */
export const splitByBilling = (billingMode: string, sums: Recorded<bigint>): Split<bigint> =>
  split(billingMode, sums, 0n);

/** The same of one request; null for what it has no amount of. */
export const splitEvent = (event: Recorded<string | null> & { billingMode: string }): Split<string | null> =>
  split<string | null>(event.billingMode, event, null);

function split<Money>(
  billingMode: string,
  { costNanoUsd, savedNanoUsd, avoidedNanoUsd }: Recorded<Money>,
  none: Money,
): Split<Money> {
  return billingMode === "subscription"
    ? { cost: none, saved: none, avoided: none, planValue: costNanoUsd }
    : { cost: costNanoUsd, saved: savedNanoUsd, avoided: avoidedNanoUsd, planValue: none };
}

/** Sums everything the models read: the definition of "prompt tokens". */
export const sumPromptTokens = (row: Pick<CostTotals, PromptClass>): bigint =>
  row.inputTokens + row.cacheWrite5mTokens + row.cacheWrite1hTokens + row.cacheReadTokens;

type PromptClass = "inputTokens" | "cacheWrite5mTokens" | "cacheWrite1hTokens" | "cacheReadTokens";
