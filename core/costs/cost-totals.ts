import { addMoney, deriveMoney, isPlan, type Money, type MoneyRow, noMoney } from "./known-money.ts";
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

/** Rollup row from which money is derived; rows of the daily and quarter-hour rollup fit. */
export interface CostMeasures extends Counts, Omit<MoneyRow, "unpriced"> {
  /** The part of `costNanoUsd` that corrections added. */
  correctedNanoUsd: bigint;
}

/**
 * Sums of rollup rows. Subscription traffic is plan value, never cost, and saves no payable amount. Money that is not
 * known is null.
 */
export interface CostTotals extends Counts, Money {
  /** Of `unpriced`, those of subscription traffic: they are missing in the plan value, the others in the cost. */
  planUnpriced: bigint;
  /** The part of the cost that corrections added after the requests were booked; below zero where they took away. */
  corrected: bigint;
  /** The same of the plan value. */
  planCorrected: bigint;
}

/** Sums rows exactly, in any order. */
export function sumTotals(rows: Iterable<CostMeasures>): CostTotals {
  const counts = Object.fromEntries(counters.map((name) => [name, 0n])) as Counts;
  const money = noMoney();
  const corrected = { metered: 0n, plan: 0n };
  for (const row of rows) {
    for (const name of counters) counts[name] += row[name];
    addMoney(money, row);
    corrected[isPlan(row.billingMode) ? "plan" : "metered"] += row.correctedNanoUsd;
  }
  return {
    ...counts,
    ...deriveMoney(money),
    planUnpriced: money.plan.unpriced,
    corrected: corrected.metered,
    planCorrected: corrected.plan,
  };
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
 * Splits recorded money into spend and the plan value of subscription traffic. That traffic was not paid and saves no
 * payable amount. It is for running counts, to which unknown amounts add nothing. Figures come from `deriveMoney`.
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
  return isPlan(billingMode)
    ? { cost: none, saved: none, avoided: none, planValue: costNanoUsd }
    : { cost: costNanoUsd, saved: savedNanoUsd, avoided: avoidedNanoUsd, planValue: none };
}

/** Sums everything the models read: the definition of "prompt tokens". */
export const sumPromptTokens = (row: Pick<CostTotals, PromptClass>): bigint =>
  row.inputTokens + row.cacheWrite5mTokens + row.cacheWrite1hTokens + row.cacheReadTokens;

type PromptClass = "inputTokens" | "cacheWrite5mTokens" | "cacheWrite1hTokens" | "cacheReadTokens";
