import type { Column } from "#app/_ui/table.tsx";
import { type CostTable, isTimeGroup } from "#core/costs/cost-table.ts";
import { formatMoneyExact } from "#core/report/format.ts";
import { Cost } from "./cost.tsx";
import { type CostLine, changeWords } from "./cost-lines.ts";

/**
 * The cost before and how it changed: spending less is good news, spending more is news. A day stands beside the same weekday
 * of the range before, or beside nothing; one day's change is too small a sample for a separate column. A day under way has
 * not changed yet. No columns when nothing is compared.
 */
export function beforeColumns({ group, previous, isUnderWay }: CostTable): Column<CostLine>[] {
  if (previous === null) return [];
  const isDays = group === "day";
  const isByTime = isTimeGroup(group);
  const before: Column<CostLine> = {
    name: "Before",
    headTitle: `${previous.label}${isByTime ? ", the same weekdays" : ""}`,
    figure: true,
    from: isDays ? undefined : "xl",
    className: "font-normal text-ink3",
    cell: ({ previousNanoUsd, previousMissing }) =>
      previousNanoUsd === null && previousMissing === 0 ? (
        "–"
      ) : (
        <Cost nanoUsd={previousNanoUsd} unpriced={previousMissing} />
      ),
  };
  const change: Column<CostLine> = {
    name: "Change",
    figure: true,
    className: (line) => (line.figures === null ? undefined : !isUnderWay && isLess(line) ? "text-saved" : "text-ink2"),
    cell: (line) => (line.figures === null ? "–" : <Change line={line} isUnderWay={isUnderWay} />),
  };
  return isDays ? [before] : [before, change];
}

function Change({ line, isUnderWay }: { line: CostLine; isUnderWay: boolean }) {
  const words = isUnderWay ? "–" : changeWords(line);
  if (line.previousNanoUsd === null) return <span>{words}</span>;
  return <span title={`${formatMoneyExact(line.previousNanoUsd)} before`}>{words}</span>;
}

const isLess = ({ figures, previousNanoUsd }: CostLine): boolean =>
  figures !== null &&
  figures.costNanoUsd !== null &&
  previousNanoUsd !== null &&
  BigInt(figures.costNanoUsd) < BigInt(previousNanoUsd);
