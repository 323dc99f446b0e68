/** Measures that separate a saving of zero from an unknown one. */
export interface SavingMeasures {
  billingMode: string;
  costNanoUsd: bigint;
  baselineNanoUsd: bigint;
  savedNanoUsd: bigint;
  avoidedNanoUsd: bigint;
  unpriced: bigint;
}

/**
 * Sums what rules saved over these rows; null where no price of any of them is known. A saving is recorded only where
 * both sides have a price, and then the baseline is recorded too, so a baseline of zero beside work means unknown.
 * Subscription traffic saves no payable amount.
 */
export function knownSaving(rows: Iterable<SavingMeasures>): bigint | null {
  let [saved, baseline, isAnyUnknown] = [0n, 0n, false];
  for (const row of rows) {
    if (row.billingMode === "subscription") continue;
    saved += row.savedNanoUsd;
    baseline += row.baselineNanoUsd;
    isAnyUnknown ||= row.unpriced > 0n || row.costNanoUsd > 0n;
  }
  return isAnyUnknown && baseline === 0n && saved === 0n ? null : saved;
}
