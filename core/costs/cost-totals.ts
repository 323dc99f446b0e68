import { type NanoUsd, nanoUsd } from "#core/money/nano-usd.ts";
import type { SummedMeasure } from "./rollup.ts";

/** What rows are counted by; rollup rows and totals have all of them, under the same names. */
const counters = [
  "requests",
  "errors",
  "overrides",
  "fallbacks",
  "skips",
  "unpriced", // requests whose price is not known; their money is in no sum
  "estimated",
  "inputTokens",
  "cacheWrite5mTokens",
  "cacheWrite1hTokens",
  "cacheReadTokens",
  "outputTokens",
  "webSearches",
] as const satisfies readonly SummedMeasure[];
type Counts = Record<(typeof counters)[number], bigint>;

/** The measures of a rollup row that money is told from; a row of the daily or quarter-hour rollup fits. */
export interface CostMeasures extends Counts {
  billingMode: string;
  costNanoUsd: bigint;
  savedNanoUsd: bigint;
  avoidedNanoUsd: bigint;
}

/** Sums of rollup rows. Subscription traffic is plan value, never cost, and saves nothing that was to be paid. */
export interface CostTotals extends Counts {
  /** Paid for what was served. */
  cost: NanoUsd;
  /** By rules; may be negative. */
  saved: NanoUsd;
  /** By the response cache. */
  avoided: NanoUsd;
  /** cost + saved + avoided: what the requested models would have cost. */
  fullPrice: NanoUsd;
  /** List-price worth of subscription traffic. */
  planValue: NanoUsd;
}

/** The exact sum of rows, in any order. */
export function totalsOf(rows: Iterable<CostMeasures>): CostTotals {
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

/** Adds a row to totals that are being built. */
export function addRow(totals: CostTotals, row: CostMeasures): void {
  for (const name of counters) totals[name] += row[name];
  const { cost, saved, avoided, planValue } = splitByBilling(row.billingMode, row);
  totals.planValue = nanoUsd(totals.planValue + planValue);
  totals.cost = nanoUsd(totals.cost + cost);
  totals.saved = nanoUsd(totals.saved + saved);
  totals.avoided = nanoUsd(totals.avoided + avoided);
  totals.fullPrice = nanoUsd(totals.cost + totals.saved + totals.avoided);
}

/**
 * What recorded money is: spend, or the plan value of subscription traffic, which was not paid and saves nothing that was to be
 * paid. Every surface that shows dollars divides them here.
 */
export function splitByBilling(
  billingMode: string,
  { costNanoUsd, savedNanoUsd, avoidedNanoUsd }: Pick<CostMeasures, "costNanoUsd" | "savedNanoUsd" | "avoidedNanoUsd">,
): { cost: bigint; saved: bigint; avoided: bigint; planValue: bigint } {
  return billingMode === "subscription"
    ? { cost: 0n, saved: 0n, avoided: 0n, planValue: costNanoUsd }
    : { cost: costNanoUsd, saved: savedNanoUsd, avoided: avoidedNanoUsd, planValue: 0n };
}

/** Everything the models read: what "prompt tokens" are. */
export const promptTokensOf = (row: Pick<CostTotals, PromptClass>): bigint =>
  row.inputTokens + row.cacheWrite5mTokens + row.cacheWrite1hTokens + row.cacheReadTokens;

type PromptClass = "inputTokens" | "cacheWrite5mTokens" | "cacheWrite1hTokens" | "cacheReadTokens";
