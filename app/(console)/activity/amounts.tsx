import { Money } from "#app/_ui/money.tsx";
import { isKnownUnused, type RequestRow } from "#core/activity/request-view.ts";
import { formatMoney, formatMoneyExact } from "#core/report/format.ts";

const nothing = <span className="text-ink3">–</span>;

/** Cost of a request. Plan value is marked; a request without usage costs nothing. */
export function CostAmount({ row }: { row: RequestRow }) {
  if (isKnownUnused(row)) return nothing;
  if (!row.isPlan) return <Money nanoUsd={row.costNanoUsd} />;
  if (row.costNanoUsd === null) return <span className="text-warn">unpriced plan</span>;
  return (
    <span
      className="text-ink3"
      title={`Plan value ${formatMoneyExact(row.costNanoUsd)}: subscription traffic is not paid`}
    >
      {formatMoney(row.costNanoUsd)} plan
    </span>
  );
}

/**
 * Amount saved by a rule, or avoided by the cache. It is empty where there is neither. It is also empty for
 * subscription traffic, which is not paid.
 */
export function SavedAmount({ row }: { row: RequestRow }) {
  if (row.cache === "hit" && row.avoidedNanoUsd !== "0") {
    return (
      <span className="text-saved" title={`Avoided by the response cache: ${formatMoneyExact(row.avoidedNanoUsd)}`}>
        {formatMoney(row.avoidedNanoUsd)}
      </span>
    );
  }
  if (row.savedNanoUsd === "0" || isKnownUnused(row)) return nothing;
  // Without an override there is nothing to save: the cost alone says that the price is not known.
  if (row.savedNanoUsd === null && row.decision !== "override") return nothing;
  return <Money nanoUsd={row.savedNanoUsd} className={row.savedNanoUsd?.startsWith("-") ? undefined : "text-saved"} />;
}
