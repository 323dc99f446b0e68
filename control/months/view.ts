import type { MonthCloseView, MonthMoney, SinceClose } from "#core/costs/month.ts";
import type { MonthAmounts, MonthClose } from "#store/month-closes.ts";

export const toMoney = (of: MonthAmounts): MonthMoney => ({
  costNanoUsd: of.costNanoUsd?.toString() ?? null,
  savedNanoUsd: of.savedNanoUsd?.toString() ?? null,
  avoidedNanoUsd: of.avoidedNanoUsd?.toString() ?? null,
  planValueNanoUsd: of.planValueNanoUsd?.toString() ?? null,
  requests: Number(of.requests),
  unpriced: Number(of.unpriced),
});

export const toCloseView = (close: MonthClose): MonthCloseView => ({
  ...toMoney(close),
  number: close.number,
  at: close.at.toISOString(),
  actorName: close.actorName,
  tokenName: close.tokenName,
  comment: close.comment,
  zone: close.zone,
  priceVersion: close.priceVersion,
  reopened:
    close.reopenedAt === null
      ? null
      : {
          at: close.reopenedAt.toISOString(),
          actorName: close.reopenedBy ?? "",
          comment: close.reopenComment ?? "",
        },
});

/** What came between a close and now. `corrections`: the number of those that touch the month since. */
export function toSince(close: MonthAmounts, now: MonthAmounts, corrections: number): SinceClose {
  const requests = (of: MonthAmounts) => of.requests - of.batchRequests;
  const part = (count: bigint, nanoUsd: bigint, planNanoUsd: bigint) => ({
    count: Number(count),
    nanoUsd: nanoUsd.toString(),
    planNanoUsd: planNanoUsd.toString(),
  });
  const corrected = now.correctedNanoUsd - close.correctedNanoUsd;
  const batches = now.batchNanoUsd - close.batchNanoUsd;
  const late = now.otherNanoUsd - close.otherNanoUsd;
  const planCorrected = now.planCorrectedNanoUsd - close.planCorrectedNanoUsd;
  const planBatches = now.batchPlanNanoUsd - close.batchPlanNanoUsd;
  const planLate = now.otherPlanNanoUsd - close.otherPlanNanoUsd;
  return {
    corrections: part(BigInt(corrections), corrected, planCorrected),
    batches: part(now.batchRequests - close.batchRequests, batches, planBatches),
    late: part(requests(now) - requests(close), late, planLate),
    nanoUsd: (corrected + batches + late).toString(),
    planNanoUsd: (planCorrected + planBatches + planLate).toString(),
  };
}
