import { Money } from "#app/_ui/money.tsx";
import { formatCount } from "#core/report/format.ts";

/** A cost, and how many requests are not in it. Null is "unpriced". */
export function Cost({
  nanoUsd,
  unpriced,
  className,
}: {
  nanoUsd: string | null;
  unpriced: number;
  className?: string;
}) {
  return (
    <span className="inline-flex flex-wrap items-baseline justify-end gap-x-1.5">
      {unpriced > 0 && nanoUsd !== null ? (
        <span
          className="text-2xs font-normal text-warn"
          title="Requests whose price is not known are not in this amount"
        >
          +{formatCount(unpriced)} unpriced
        </span>
      ) : null}
      <Money nanoUsd={nanoUsd} className={className} />
    </span>
  );
}
