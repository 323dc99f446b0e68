import { Money } from "#app/_ui/money.tsx";
import type { Column } from "#app/_ui/table.tsx";
import type { CostTable } from "#core/costs/cost-table.ts";
import { formatChange, formatMoneyExact } from "#core/report/format.ts";
import type { CostLine } from "./cost-lines.ts";

/**
 * The cost before and how it changed: spending less is good news, spending more is news. A day stands beside the same weekday
 * of the range before, or beside nothing; one day's change is too small a sample for a separate column. A day under way has
 * not changed yet. No columns when nothing is compared.
 */
export function beforeColumns({ group, previous, isUnderWay }: CostTable): Column<CostLine>[] {
  if (previous === null) return [];
  const isDays = group === "day";
  const before: Column<CostLine> = {
    name: "Before",
    headTitle: `${previous.label}${isDays ? ", the same weekdays" : ""}`,
    figure: true,
    from: isDays ? undefined : "xl",
    className: "font-normal text-ink3",
    cell: ({ previousNanoUsd }) => (previousNanoUsd === null ? "–" : <Money nanoUsd={previousNanoUsd} />),
  };
  const change: Column<CostLine> = {
    name: "Change",
    figure: true,
    className: (line) => (line.figures === null ? undefined : !isUnderWay && isLess(line) ? "text-saved" : "text-ink2"),
    cell: (line) => (line.figures === null ? "–" : <Change line={line} isUnderWay={isUnderWay} />),
  };
  return isDays ? [before] : [before, change];
}

function Change({ line: { figures, previousNanoUsd }, isUnderWay }: { line: CostLine; isUnderWay: boolean }) {
  if (previousNanoUsd === null) return <span>{isUnderWay ? "–" : "new"}</span>;
  const now = BigInt(figures?.costNanoUsd ?? 0);
  return (
    <span title={`${formatMoneyExact(previousNanoUsd)} before`}>
      {isUnderWay ? "–" : formatChange(now, BigInt(previousNanoUsd))}
    </span>
  );
}

const isLess = ({ figures, previousNanoUsd }: CostLine): boolean =>
  figures !== null && previousNanoUsd !== null && BigInt(figures.costNanoUsd) < BigInt(previousNanoUsd);
