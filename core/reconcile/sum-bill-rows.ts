import type { BillRow } from "./compare-bill.ts";
import { CAUSES, type CauseAmounts, noCauses } from "./explain-cell.ts";

/** Sums of rows: what is billed, recorded, different and unexplained. */
interface BillSums {
  billedNanoUsd: bigint;
  ledgerNanoUsd: bigint;
  differenceNanoUsd: bigint;
  causes: CauseAmounts;
  /** Rows whose difference is not known in money. They are in no sum. */
  unknown: number;
  /** Amounts that are unexplained, without regard to their sign: two of opposite sign explain nothing. */
  unexplainedNanoUsd: bigint;
}

/** Sums rows. One whose difference is not known in money is counted and is in no amount. */
export function sumBillRows(rows: readonly BillRow[]): BillSums {
  const sums: BillSums = {
    billedNanoUsd: 0n,
    ledgerNanoUsd: 0n,
    differenceNanoUsd: 0n,
    causes: noCauses(),
    unknown: 0,
    unexplainedNanoUsd: 0n,
  };
  for (const row of rows) {
    if (row.billedNanoUsd === null || row.differenceNanoUsd === null) {
      sums.unknown += 1;
      continue;
    }
    sums.billedNanoUsd += row.billedNanoUsd;
    sums.ledgerNanoUsd += row.ledgerNanoUsd;
    sums.differenceNanoUsd += row.differenceNanoUsd;
    for (const cause of CAUSES) sums.causes[cause] += row.causes[cause];
    const { unexplained } = row.causes;
    sums.unexplainedNanoUsd += unexplained < 0n ? -unexplained : unexplained;
  }
  return sums;
}
