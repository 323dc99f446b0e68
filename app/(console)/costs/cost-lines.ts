import {
  type CostSort,
  type CostTable,
  type CostTableRow,
  type SortDirection,
  sortCostRows,
} from "#core/costs/cost-table.ts";
import type { FiguresView } from "#core/costs/figures.ts";

/** Line of the table of costs: a row of the group, what only the range before has, or the total. */
export type CostLine = Compared & ({ kind: "row"; row: CostTableRow } | { kind: "before" | "total"; name: string });

interface Compared {
  key: string;
  /** Null: the range has nothing on this line. */
  figures: FiguresView | null;
  /** Cost in the range before, in nano-dollars; null: nothing to compare with. */
  previousNanoUsd: string | null;
}

/** Lines of a table in the order of `sort`; the line of the range before and the total stay at the end. */
export function costLines(table: CostTable, sort: { by: CostSort; direction: SortDirection }): CostLine[] {
  const { group, total, previousOtherCostNanoUsd, previousTotalCostNanoUsd } = table;
  const rows = sortCostRows(table.rows, sort.by, sort.direction).map(
    (row): CostLine => ({
      kind: "row",
      key: `row ${row.key}`,
      row,
      figures: row.figures,
      previousNanoUsd: row.previousCostNanoUsd,
    }),
  );
  const before: CostLine = {
    kind: "before",
    key: "before",
    name: group === "day" ? "Other days before" : "Only before",
    figures: null,
    previousNanoUsd: previousOtherCostNanoUsd,
  };
  const sum: CostLine = {
    kind: "total",
    key: "total",
    name: "Total",
    figures: total,
    previousNanoUsd: previousTotalCostNanoUsd,
  };
  return [...rows, ...(previousOtherCostNanoUsd === null ? [] : [before]), sum];
}
