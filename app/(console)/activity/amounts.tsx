import { Money } from "#app/_ui/money.tsx";
import type { RequestRow } from "#core/activity/request-view.ts";
import { formatMoney, formatMoneyExact } from "#core/report/format.ts";

const nothing = <span className="text-ink3">–</span>;

/** Cost of a request. Plan value is marked; a request without usage costs nothing. */
export function CostAmount({ row }: { row: RequestRow }) {
  if (row.costNanoUsd === null && row.usageState === "none" && row.ended !== "interrupted") return nothing;
  if (!row.isPlan || row.costNanoUsd === null) return <Money nanoUsd={row.costNanoUsd} />;
  return (
    <span
      className="text-ink3"
      title={`Plan value ${formatMoneyExact(row.costNanoUsd)}: subscription traffic is not paid`}
    >
      {formatMoney(row.costNanoUsd)} plan
    </span>
  );
}

/** Saving by a rule or amount avoided by the cache; empty without either. */
export function SavedAmount({ row }: { row: RequestRow }) {
  if (row.cache === "hit" && row.avoidedNanoUsd !== "0") {
    return (
      <span className="text-saved" title={`Avoided by the response cache: ${formatMoneyExact(row.avoidedNanoUsd)}`}>
        {formatMoney(row.avoidedNanoUsd)}
      </span>
    );
  }
  if (row.savedNanoUsd === null || row.savedNanoUsd === "0") return nothing;
  return <Money nanoUsd={row.savedNanoUsd} className={row.savedNanoUsd.startsWith("-") ? undefined : "text-saved"} />;
}
