import { splitByBilling } from "#core/costs/cost-totals.ts";
import type { SavingMeasures } from "#core/costs/known-saving.ts";
import type { RollupMeasures } from "#core/costs/rollup.ts";
import type { StatsSums, StatsTotals } from "../stats.ts";

/** The saving of nothing yet. */
export const noSaving = (): SavingMeasures => ({
  billingMode: "metered",
  costNanoUsd: 0n,
  baselineNanoUsd: 0n,
  savedNanoUsd: 0n,
  avoidedNanoUsd: 0n,
  unpriced: 0n,
});

/** Adds the parts by which `knownSaving` distinguishes a saving of zero from an unknown one. */
export function addSaving(sum: SavingMeasures, part: RollupMeasures): void {
  sum.costNanoUsd += part.costNanoUsd;
  sum.baselineNanoUsd += part.baselineNanoUsd;
  sum.savedNanoUsd += part.savedNanoUsd;
  sum.unpriced += part.unpriced;
}

/** Adds the measures of a rollup row to the sums of a project, a model or everything. */
export function addSums(sums: StatsSums, billingMode: string, part: RollupMeasures): void {
  sums.requests += Number(part.requests);
  sums.errors += Number(part.errors);
  sums.overrides += Number(part.overrides);
  sums.promptTokens += Number(
    part.inputTokens + part.cacheWrite5mTokens + part.cacheWrite1hTokens + part.cacheReadTokens,
  );
  sums.outputTokens += Number(part.outputTokens);
  const { cost, saved, avoided, planValue } = splitByBilling(billingMode, part);
  sums.costNanoUsd += cost;
  sums.savedNanoUsd += saved;
  sums.avoidedNanoUsd += avoided;
  sums.planValueNanoUsd += planValue;
  sums.unpriced += Number(part.unpriced);
  sums.durationMs += Number(part.durationMs);
  sums.lastAtMs = Math.max(sums.lastAtMs, Number(part.lastAtMs));
}

/** Adds a rollup row to the totals, which count more than sums do. */
export function addTotals(totals: StatsTotals, billingMode: string, part: RollupMeasures): void {
  addSums(totals, billingMode, part);
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
export function mergeSums(sums: StatsSums, part: StatsSums): void {
  sums.requests += part.requests;
  sums.errors += part.errors;
  sums.overrides += part.overrides;
  sums.promptTokens += part.promptTokens;
  sums.outputTokens += part.outputTokens;
  sums.costNanoUsd += part.costNanoUsd;
  sums.savedNanoUsd += part.savedNanoUsd;
  sums.avoidedNanoUsd += part.avoidedNanoUsd;
  sums.planValueNanoUsd += part.planValueNanoUsd;
  sums.unpriced += part.unpriced;
  sums.durationMs += part.durationMs;
  sums.lastAtMs = Math.max(sums.lastAtMs, part.lastAtMs);
}
