import type { CorrectionView } from "#core/costs/correction-view.ts";
import { isPlan } from "#core/costs/known-money.ts";
import { addDays } from "#core/time/instant.ts";
import { dayLabel } from "#core/time/range.ts";
import type { CorrectionHead, sumCorrectionCosts } from "#store/corrections.ts";

type Costs = Awaited<ReturnType<typeof sumCorrectionCosts>>;

/** Builds the view of a correction. `costs`: what each correction changed, as `sumCorrectionCosts` has read it. */
export function correctionView(head: CorrectionHead, costs: Costs): CorrectionView {
  const sum = (plan: boolean) =>
    costs
      .filter(({ correction, billingMode }) => correction === head.number && isPlan(billingMode) === plan)
      .reduce((total, { oldNanoUsd, newNanoUsd }) => total + newNanoUsd - oldNanoUsd, 0n);
  const { actorId: _id, fromS: _from, toS: _to, at, ...shown } = head;
  return {
    ...shown,
    label: formatDays(head),
    changeNanoUsd: sum(false).toString(),
    planChangeNanoUsd: sum(true).toString(),
    at: at.toISOString(),
  };
}

/** The days of a correction as people write them, always with the year. */
export function formatDays({ fromDay, toDay }: Pick<CorrectionHead, "fromDay" | "toDay">): string {
  const last = addDays(toDay, -1);
  return fromDay === last ? dayLabel(last, "") : `${dayLabel(fromDay, last.slice(0, 4))} – ${dayLabel(last, "")}`;
}
