import { formatMoneyChange, formatMoneyExact } from "#core/report/format.ts";

/** A change of money: more with a plus sign, less with a minus, neither in a colour. */
export function SignedMoney({ nanoUsd }: { nanoUsd: string }) {
  return (
    <span className="tn whitespace-nowrap" title={formatMoneyExact(nanoUsd)}>
      {formatMoneyChange(BigInt(nanoUsd))}
    </span>
  );
}
