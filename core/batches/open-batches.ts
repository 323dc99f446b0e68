import { formatMoney } from "../report/format.ts";
import { formatCounted, pluralize } from "../report/plural.ts";

/** Batches of the last 30 days whose cost is not, or not wholly, in the books. */
export interface OpenBatches {
  /** Not ended yet, as far as answers that passed have said. */
  pending: number;
  /** Ended, and the results were never fetched. */
  unfetched: number;
  /** Results were fetched in part. */
  inPart: number;
  /** What all of them cost at most, those fetched in part among them. Null: not known of any of them. */
  estimateNanoUsd: string | null;
  /** Batches without an estimate. */
  unestimated: number;
}

/** An open batch, as far as it counts here. */
export interface OpenBatch {
  state: "pending" | "ended";
  isInPart: boolean;
  estimateNanoUsd: bigint | null;
}

/** Sums open batches. Amounts that are not known are in no sum. */
export function sumOpenBatches(batches: readonly OpenBatch[]): OpenBatches {
  const known = batches.flatMap(({ estimateNanoUsd }) => (estimateNanoUsd === null ? [] : [estimateNanoUsd]));
  const whole = batches.filter(({ isInPart }) => !isInPart);
  const pending = whole.filter(({ state }) => state === "pending").length;
  return {
    pending,
    unfetched: whole.length - pending,
    inPart: batches.length - whole.length,
    estimateNanoUsd: known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0n).toString(),
    unestimated: batches.length - known.length,
  };
}

/** Says how many there are: "3 batches: 1 pending, 2 never fetched". Null without any. */
export function openBatchesTitle({ pending, unfetched, inPart }: OpenBatches): string | null {
  const parts = [
    pending > 0 ? `${pending} pending` : null,
    unfetched > 0 ? `${unfetched} never fetched` : null,
    inPart > 0 ? `${inPart} fetched in part` : null,
  ].filter((part) => part !== null);
  const count = pending + unfetched + inPart;
  return count === 0 ? null : `${formatCounted(count, "batch", "batches")}: ${parts.join(", ")}`;
}

/** Says what is missing in the totals because of them, and what to do. */
export function openBatchesText({ estimateNanoUsd, unestimated, pending, unfetched, inPart }: OpenBatches): string {
  const count = pending + unfetched + inPart;
  const they = pluralize(count, "it", "they");
  const amount =
    estimateNanoUsd === null
      ? `Nothing is known of what ${they} ${pluralize(count, "costs", "cost")}.`
      : `An estimate of at most ${formatMoney(estimateNanoUsd)} is in no total${unestimated > 0 ? `, without ${formatCounted(unestimated, "batch", "batches")} of unknown cost` : ""}.`;
  return `${amount} Costs are booked when the results are fetched through CCO.`;
}
