import { Money } from "#app/_ui/money.tsx";
import { Td } from "#app/_ui/table.tsx";
import { formatChange, formatMoneyExact } from "#core/report/format.ts";

/**
 * The cost before and how it changed: spending less is good news, spending more is news. A day stands beside the same weekday
 * of the range before, or beside nothing; one day's change is too small a sample for a separate column. A day under way has not changed yet.
 */
export function Before({
  isDays,
  isUnderWay,
  now,
  before,
}: {
  isDays: boolean;
  isUnderWay: boolean;
  now: string;
  before: string | null;
}) {
  const amountBefore = before === null ? "–" : <Money nanoUsd={before} />;
  if (isDays)
    return (
      <Td figure className="font-normal text-ink3">
        {amountBefore}
      </Td>
    );
  const isLess = !isUnderWay && before !== null && BigInt(now) < BigInt(before);
  return (
    <>
      <Td figure className="hidden font-normal text-ink3 xl:table-cell">
        {amountBefore}
      </Td>
      <Td figure className={isLess ? "text-saved" : "text-ink2"}>
        <span title={before === null ? undefined : `${formatMoneyExact(before)} before`}>
          {isUnderWay ? "–" : before === null ? "new" : formatChange(BigInt(now), BigInt(before))}
        </span>
      </Td>
    </>
  );
}
