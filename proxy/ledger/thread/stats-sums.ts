import {
  addMoney,
  deriveMoney,
  isPlan,
  type Money,
  type MoneyRow,
  type MoneySums,
  mergeMoney,
  noMoney,
} from "#core/costs/known-money.ts";
import type { RollupMeasures } from "#core/costs/rollup.ts";
import { emptySums, emptyTotals, type StatsSums, type StatsTotals } from "../stats.ts";

/** Statistics under construction: their money is still sums. */
type Live<Shown> = Omit<Shown, "money"> & { money: MoneySums };
export type LiveSums = Live<StatsSums>;
export type LiveTotals = Live<StatsTotals>;

export const noSums = (): LiveSums => ({ ...emptySums(), money: noMoney() });
export const noTotals = (): LiveTotals => ({ ...emptyTotals(), money: noMoney() });

/** A copy in which money is figures. */
export const shownSums = <Sums extends { money: MoneySums }>(sums: Sums): Omit<Sums, "money"> & { money: Money } => ({
  ...sums,
  money: deriveMoney(sums.money),
});

/** What decides to which figures the money of a row belongs. */
type MoneyFacts = Pick<MoneyRow, "billingMode" | "decision">;

/** Adds the measures of a rollup row to the sums of a project, a model or everything. */
export function addSums(sums: LiveSums, facts: MoneyFacts, part: RollupMeasures): void {
  sums.requests += Number(part.requests);
  sums.errors += Number(part.errors);
  sums.overrides += Number(part.overrides);
  sums.promptTokens += Number(
    part.inputTokens + part.cacheWrite5mTokens + part.cacheWrite1hTokens + part.cacheReadTokens,
  );
  sums.outputTokens += Number(part.outputTokens);
  addMoney(sums.money, { ...part, ...facts });
  sums.unpriced += Number(part.unpriced);
  if (isPlan(facts.billingMode)) sums.planUnpriced += Number(part.unpriced);
  else sums.corrected += part.correctedNanoUsd;
  sums.durationMs += Number(part.durationMs);
  sums.lastAtMs = Math.max(sums.lastAtMs, Number(part.lastAtMs));
}

/** Adds a rollup row to the totals, which count more than sums do. */
export function addTotals(totals: LiveTotals, facts: MoneyFacts, part: RollupMeasures): void {
  addSums(totals, facts, part);
  for (const name of totalOnly) totals[name] += Number(part[name]);
}

const totalOnly = [
  "fallbacks",
  "skips",
  "cancelled",
  "truncated",
  "estimated",
  "ttfbMs",
  "ttfbCount",
] as const satisfies readonly Exclude<keyof StatsTotals, keyof StatsSums>[];

/** Adds sums to sums. */
export function mergeSums(sums: LiveSums, part: LiveSums): void {
  sums.requests += part.requests;
  sums.errors += part.errors;
  sums.overrides += part.overrides;
  sums.promptTokens += part.promptTokens;
  sums.outputTokens += part.outputTokens;
  mergeMoney(sums.money, part.money);
  sums.unpriced += part.unpriced;
  sums.planUnpriced += part.planUnpriced;
  sums.corrected += part.corrected;
  sums.durationMs += part.durationMs;
  sums.lastAtMs = Math.max(sums.lastAtMs, part.lastAtMs);
}
