import {
  type CostSort,
  type CostTable,
  type CostTableRow,
  isTimeGroup,
  type SortDirection,
  sortCostRows,
} from "#core/costs/cost-table.ts";
import { countMissingCosts, type FiguresView } from "#core/costs/figures.ts";
import { formatChange } from "#core/report/format.ts";

/** Line of the table of costs. It is a row, a part of an open row, what only the range before has, or the total. */
export type CostLine = Compared &
  (
    | { kind: "row"; row: CostTableRow }
    | { kind: "part"; row: CostTableRow; within: CostTableRow }
    | { kind: "before" | "total"; name: string }
  );

interface Compared {
  key: string;
  /** Null: the range has nothing on this line. */
  figures: FiguresView | null;
  /** Cost in the range before, in nano-dollars; null: nothing to compare with, or no price is known. */
  previousNanoUsd: string | null;
  /** Requests in the range before that are missing in that cost. */
  previousMissing: number;
}

/**
 * Builds the lines of a cost table in the order of `sort`, with the parts of open rows behind these. The line of the
 * range before and the total stay at the end. `sort` null: each grouping in its natural order.
 */
export function costLines(
  table: CostTable,
  sort: { by: CostSort; direction: SortDirection } | null,
  openKeys: ReadonlySet<string> = new Set(),
): CostLine[] {
  const { group, total, previousOtherCostNanoUsd } = table;
  const otherMissing = countMissingCosts({
    unpriced: table.previousOtherUnpriced,
    planUnpriced: table.previousOtherPlanUnpriced,
  });
  const inOrder = (rows: readonly CostTableRow[]) =>
    sort === null ? rows : sortCostRows(rows, sort.by, sort.direction);
  const rows = inOrder(table.rows).flatMap((row): CostLine[] => {
    const parts = openKeys.has(row.key) ? inOrder(row.parts ?? []) : [];
    return [
      { kind: "row", key: `row ${row.key}`, row, ...compared(row) },
      ...parts.map(
        (part): CostLine => ({
          kind: "part",
          key: `part ${row.key} ${part.key}`,
          row: part,
          within: row,
          ...compared(part),
        }),
      ),
    ];
  });
  const before: CostLine = {
    kind: "before",
    key: "before",
    name: isTimeGroup(group) ? "Other days before" : "Only before",
    figures: null,
    previousNanoUsd: previousOtherCostNanoUsd,
    previousMissing: otherMissing,
  };
  const sum: CostLine = {
    kind: "total",
    key: "total",
    name: "Total",
    figures: total,
    previousNanoUsd: table.previousTotalCostNanoUsd,
    previousMissing: countMissingCosts({
      unpriced: table.previousTotalUnpriced,
      planUnpriced: table.previousTotalPlanUnpriced,
    }),
  };
  const hasOther = previousOtherCostNanoUsd !== null || otherMissing > 0;
  return [...rows, ...(hasOther ? [before] : []), sum];
}

const compared = (row: CostTableRow): Omit<Compared, "key"> => ({
  figures: row.figures,
  previousNanoUsd: row.previousCostNanoUsd,
  previousMissing: countMissingCosts({ unpriced: row.previousUnpriced, planUnpriced: row.previousPlanUnpriced }),
});

/** How the cost changed; a dash where it is not known, now or before. */
export function changeWords({ figures, previousNanoUsd, previousMissing }: CostLine): string {
  if (figures === null || figures.costNanoUsd === null) return "–";
  if (previousNanoUsd === null) return previousMissing > 0 ? "–" : "new";
  return formatChange(BigInt(figures.costNanoUsd), BigInt(previousNanoUsd));
}
