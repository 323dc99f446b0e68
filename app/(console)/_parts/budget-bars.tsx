import { cx } from "#app/_ui/cx.ts";
import { type BudgetLeft, findBudgetsLeft, type SpentView } from "#core/access/budgets-left.ts";
import type { KeyLimits } from "#core/access/key-limits.ts";
import { formatMoney, formatMoneyExact } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";

/** "$12.40 of $50.00", "$37.60 left" and a thin bar for each monthly budget; empty without a budget. */
export function BudgetBars({ limits, spent }: { limits: KeyLimits; spent: SpentView }) {
  const budgets = findBudgetsLeft(limits, spent);
  if (budgets.length === 0) return null;
  const unpriced = budgets.reduce((sum, budget) => sum + budget.unpriced, 0);
  return (
    <div className="min-w-[180px] space-y-1.5">
      {budgets.map((budget) => (
        <BudgetBar key={budget.kind} budget={budget} />
      ))}
      {unpriced > 0 ? (
        <p className="text-xs text-warn">{formatCounted(unpriced, "request")} without a known price not counted</p>
      ) : null}
    </div>
  );
}

function BudgetBar({ budget: { kind, limitNanoUsd, spentNanoUsd, leftNanoUsd, share } }: { budget: BudgetLeft }) {
  const isSpent = leftNanoUsd === 0n;
  return (
    <div>
      <p className="tn flex flex-wrap items-baseline justify-between gap-x-3 text-xs">
        <span className="text-ink2" title={formatMoneyExact(spentNanoUsd)}>
          <b className="font-medium text-ink">{formatMoney(spentNanoUsd)}</b> of {formatMoney(limitNanoUsd)}
          {kind === "plan" ? " plan value" : ""}
        </span>
        <span className={isSpent ? "text-danger" : "text-ink3"} title={formatMoneyExact(leftNanoUsd)}>
          {isSpent ? "nothing left" : `${formatMoney(leftNanoUsd)} left`}
        </span>
      </p>
      <span className="track mt-1 block h-1 overflow-hidden rounded-[2px] bg-line" aria-hidden="true">
        <span
          className={cx("block h-full rounded-[2px]", isSpent ? "bg-danger" : share >= 0.9 ? "bg-warn" : "bg-bar")}
          style={{ width: `${Math.min(1, share) * 100}%` }}
        />
      </span>
    </div>
  );
}
