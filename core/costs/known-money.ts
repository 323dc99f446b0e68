import { type NanoUsd, nanoUsd } from "#core/money/nano-usd.ts";

/** Recorded money of some requests, and what says whether all of it is known. */
interface Amounts {
  costNanoUsd: bigint;
  /** Full price of the requests whose saving is known. */
  baselineNanoUsd: bigint;
  savedNanoUsd: bigint;
  avoidedNanoUsd: bigint;
  /** Requests without a known cost; they are in no amount. */
  unpriced: bigint;
  /** Answers from the response cache. */
  cacheHits: bigint;
}

/** Requests that were billed and decided alike; rows of the rollups fit. */
export interface MoneyRow extends Amounts {
  billingMode: string;
  decision: string;
}

/** Sums from which `deriveMoney` derives every figure. Sums of sums are sums. */
export interface MoneySums {
  metered: Amounts;
  /** Of the metered requests, those a rule had served by another model. */
  overridden: Amounts;
  plan: Amounts;
}

/**
 * Figures in nano-dollars. Null is unknown: something that belongs in the figure has no known price, and nothing in it
 * has an amount. Where a part has an amount, the figure is the sum of that part.
 */
export interface Money {
  /** Paid for the served models. */
  cost: NanoUsd | null;
  /** Saved by rules; may be negative. Only overridden requests can make it unknown. */
  saved: NanoUsd | null;
  /** Avoided by the response cache. Only its hits can make it unknown. */
  avoided: NanoUsd | null;
  /** cost + saved + avoided of what is known: what the requested models would have cost. */
  fullPrice: NanoUsd | null;
  /** What subscription traffic would have cost at the prices in force, the only traffic that can make it unknown. */
  planValue: NanoUsd | null;
}

const names = [
  "costNanoUsd",
  "baselineNanoUsd",
  "savedNanoUsd",
  "avoidedNanoUsd",
  "unpriced",
  "cacheHits",
] as const satisfies readonly (keyof Amounts)[];

/** Whether traffic is covered by a subscription: it is not paid, and saves no payable amount. */
export const isPlan = (billingMode: string): boolean => billingMode === "subscription";

export const noMoney = (): MoneySums => ({ metered: noAmounts(), overridden: noAmounts(), plan: noAmounts() });

const noAmounts = (): Amounts => ({
  costNanoUsd: 0n,
  baselineNanoUsd: 0n,
  savedNanoUsd: 0n,
  avoidedNanoUsd: 0n,
  unpriced: 0n,
  cacheHits: 0n,
});

/** Adds a row to sums under construction, in place. */
export function addMoney(sums: MoneySums, row: MoneyRow): void {
  addAmounts(isPlan(row.billingMode) ? sums.plan : sums.metered, row);
  if (!isPlan(row.billingMode) && row.decision === "override") addAmounts(sums.overridden, row);
}

/** Adds sums to sums under construction, in place. */
export function mergeMoney(sums: MoneySums, part: MoneySums): void {
  addAmounts(sums.metered, part.metered);
  addAmounts(sums.overridden, part.overridden);
  addAmounts(sums.plan, part.plan);
}

function addAmounts(sum: Amounts, part: Amounts): void {
  for (const name of names) sum[name] += part[name];
}

/** The figures of these rows, in any order. */
export function sumMoney(rows: Iterable<MoneyRow>): Money {
  const sums = noMoney();
  for (const row of rows) addMoney(sums, row);
  return deriveMoney(sums);
}

/** Derives the figures, and decides which are unknown. Every surface that shows dollars of several requests asks here. */
export function deriveMoney({ metered, overridden, plan }: MoneySums): Money {
  const { costNanoUsd, savedNanoUsd, avoidedNanoUsd } = metered;
  const isSavedKnown = isSavingKnown(overridden) || savedNanoUsd !== 0n;
  const isAvoidedKnown = metered.cacheHits === 0n || avoidedNanoUsd !== 0n;
  const isFullKnown = hasAmount(metered) || (metered.unpriced === 0n && isAvoidedKnown);
  return {
    cost: knownCost(metered),
    saved: isSavedKnown ? nanoUsd(savedNanoUsd) : null,
    avoided: isAvoidedKnown ? nanoUsd(avoidedNanoUsd) : null,
    fullPrice: isFullKnown ? nanoUsd(costNanoUsd + savedNanoUsd + avoidedNanoUsd) : null,
    planValue: knownCost(plan),
  };
}

/**
 * The cost of requests that are billed alike; null where it is not known. A refused request among unpriced ones, or an answer
 * from the response cache, adds nothing: the cost is still unknown, not zero.
 */
export const knownCost = ({ unpriced, costNanoUsd }: Pick<Amounts, "unpriced" | "costNanoUsd">): NanoUsd | null =>
  unpriced === 0n || costNanoUsd !== 0n ? nanoUsd(costNanoUsd) : null;

const hasAmount = (of: Amounts): boolean =>
  of.costNanoUsd !== 0n || of.baselineNanoUsd !== 0n || of.savedNanoUsd !== 0n || of.avoidedNanoUsd !== 0n;

/**
 * Whether the saving is known. A saving is recorded only where both sides have a price, and then the baseline is
 * recorded too. So a baseline of zero beside work means unknown. Refused requests and answers from the response cache
 * are no work.
 */
const isSavingKnown = (of: Amounts): boolean =>
  of.baselineNanoUsd !== 0n || of.savedNanoUsd !== 0n || (of.unpriced === 0n && of.costNanoUsd === 0n);

/** Adds figures that are shown as one; null where one is unknown and the others add nothing. */
export function sumKnown(amounts: readonly (bigint | null)[]): bigint | null {
  const sum = amounts.reduce<bigint>((total, amount) => total + (amount ?? 0n), 0n);
  return sum === 0n && amounts.includes(null) ? null : sum;
}
