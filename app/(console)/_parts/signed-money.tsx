import { Money } from "#app/_ui/money.tsx";

/** A change of money: more with a plus sign, less with a minus. */
export function SignedMoney({ nanoUsd }: { nanoUsd: string }) {
  return (
    <span className="whitespace-nowrap">
      {BigInt(nanoUsd) > 0n ? "+" : ""}
      <Money nanoUsd={nanoUsd} />
    </span>
  );
}
