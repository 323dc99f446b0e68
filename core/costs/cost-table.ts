import type { OpenBatches } from "../batches/open-batches.ts";
import { groupBy, type RangeView, type Tier } from "./chart-series.ts";
import type { CorrectionView } from "./correction-view.ts";
import { type CostMeasures, type CostTotals, sumTotals } from "./cost-totals.ts";
import { type FiguresView, figuresView, sumTokens } from "./figures.ts";

/** Groupings of a cost table's rows. Weeks begin on Monday; a month or week has its days within the range only. */
export const costGroups = [
  "day",
  "week",
  "month",
  "model",
  "requested",
  "project",
  "team",
  "person",
  "key",
  "rule",
  "endpoint",
] as const;
export type CostGroup = (typeof costGroups)[number];

/** A grouping, and a second one within each of its rows. */
export type CostGroups = readonly [by: CostGroup, split: CostGroup | null];

/** Groupings by time: their rows are in order of time, and an earlier range is beside them by weekdays. */
export const isTimeGroup = (group: CostGroup): boolean => group === "day" || group === "week" || group === "month";

export interface CostTableRow {
  /** Name or id of the group; a day, the Monday of a week, or a month as `2026-11`. Empty where a request had none. */
  key: string;
  label: string;
  /** Set for models only. */
  tier: Tier;
  figures: FiguresView;
  /** Cost of the same row in the comparison range. Null when it had none, it is unknown, or there is no comparison. */
  previousCostNanoUsd: string | null;
  /** Requests of that row without a known price. */
  previousUnpriced: number;
  /** Of those, the ones of subscription traffic, which are not missing in that cost. */
  previousPlanUnpriced: number;
  /** Set where the row is a month. */
  month?: RowMonth;
  /** The same of the second grouping, in its natural order. Only where there is one. */
  parts?: CostTableRow[];
}

/** Whether the month of a row is closed. It is the month of the calendar, also where the range has a part of it only. */
interface RowMonth {
  state: "under way" | "open" | "closed";
  /** The cost it was closed at, of everything; null while it is not, and where it was not known. */
  closedNanoUsd: string | null;
}

/** One table of costs: shown by the page, contained in the CSV and returned by the API. */
export interface CostTable {
  group: CostGroup;
  /** The second grouping, where there is one. */
  split?: CostGroup;
  range: RangeView;
  /** Comparison range. */
  previous: RangeView | null;
  /** The range is today alone, and no change against a whole day is given. */
  isUnderWay: boolean;
  rows: CostTableRow[];
  /** Exact sums of all requests, not of rounded rows. */
  total: FiguresView;
  /** Null: nothing to compare with, or no price is known. */
  previousTotalCostNanoUsd: string | null;
  previousTotalUnpriced: number;
  previousTotalPlanUnpriced: number;
  /**
   * Part of the comparison range's total that stands beside no row. Null where the rows before add up to it, or no
   * price is known.
   */
  previousOtherCostNanoUsd: string | null;
  previousOtherUnpriced: number;
  previousOtherPlanUnpriced: number;
}

/** A table, with batches whose cost is not in the books yet, and what was corrected in it. */
export interface CostReport extends CostTable {
  openBatches: OpenBatches;
  /** Corrections that touch the range, newest first. They are in every amount; `correctedNanoUsd` is their part of it. */
  corrections: CorrectionView[];
}

/** Sums the rows of each group, in order of appearance. */
export function totalsBy<Row extends CostMeasures>(
  rows: Iterable<Row>,
  toKey: (row: Row) => string,
): Map<string, CostTotals> {
  return new Map([...groupBy(rows, toKey)].map(([key, own]) => [key, sumTotals(own)]));
}

/** A row of sums under the key of its row, and of the second grouping's. */
type KeyedRow = CostMeasures & { key: string; partKey?: string };

interface GroupedRows {
  now: readonly KeyedRow[];
  /** Rows of the comparison range, under the keys of the rows they are compared with. */
  before: readonly KeyedRow[];
}

/** Name of a row. */
export type DescribeRow = (key: string) => { label: string; tier: Tier };

/**
 * Builds the table in its natural order. Groups that exist only in the comparison range count in its total, but have
 * no row. `describePart`: of the second grouping, where there is one.
 */
export function costTable(
  head: Pick<CostTable, "group" | "split" | "range" | "previous" | "isUnderWay">,
  { now, before }: GroupedRows,
  describe: DescribeRow,
  describePart: DescribeRow = describe,
): CostTable {
  const rows = buildRows(head.group, { now, before }, describe);
  const { split } = head;
  if (split !== undefined) {
    const [nowBy, beforeBy] = [groupBy(now, (row) => row.key), groupBy(before, (row) => row.key)];
    for (const row of rows) {
      const own = { now: byPart(nowBy.get(row.key)), before: byPart(beforeBy.get(row.key)) };
      row.parts = buildRows(split, own, describePart);
    }
  }
  const total = toPrevious(head.previous && before.length > 0 ? sumTotals(before) : undefined);
  const shown = new Set(rows.map(({ key }) => key));
  const beside = before.filter(({ key }) => !shown.has(key));
  const other = toPrevious(beside.length > 0 ? sumTotals(beside) : undefined);
  const isNothing = other.previousCostNanoUsd === "0" && other.previousUnpriced === 0;
  return {
    ...head,
    rows,
    total: figuresView(sumTotals(now)),
    previousTotalCostNanoUsd: total.previousCostNanoUsd,
    previousTotalUnpriced: total.previousUnpriced,
    previousTotalPlanUnpriced: total.previousPlanUnpriced,
    previousOtherCostNanoUsd: isNothing ? null : other.previousCostNanoUsd,
    previousOtherUnpriced: other.previousUnpriced,
    previousOtherPlanUnpriced: other.previousPlanUnpriced,
  };
}

const byPart = (rows: readonly KeyedRow[] = []): KeyedRow[] => rows.map((row) => ({ ...row, key: row.partKey ?? "" }));

function buildRows(group: CostGroup, { now, before }: GroupedRows, describe: DescribeRow): CostTableRow[] {
  const past = totalsBy(before, (row) => row.key);
  const rows = [...totalsBy(now, (row) => row.key)].map(([key, totals]) => ({
    key,
    ...describe(key),
    figures: figuresView(totals),
    ...toPrevious(past.get(key)),
  }));
  const { by, direction } = naturalSort(group);
  return sortCostRows(rows, by, direction);
}

/** The cost of the comparison range, and its requests without a known price. */
const toPrevious = (
  totals?: CostTotals,
): Pick<CostTableRow, "previousCostNanoUsd" | "previousUnpriced" | "previousPlanUnpriced"> => ({
  previousCostNanoUsd: totals?.cost?.toString() ?? null,
  previousUnpriced: Number(totals?.unpriced ?? 0n),
  previousPlanUnpriced: Number(totals?.planUnpriced ?? 0n),
});

export const costSorts = [
  "name",
  "requests",
  "overrides",
  "errors",
  "tokens",
  "cost",
  "saved",
  "avoided",
  "full",
] as const;
export type CostSort = (typeof costSorts)[number];
export type SortDirection = "asc" | "desc";

/**
 * Returns a sorted copy; equal rows sort by name, so that the order on screen and in the file agree. Rows whose amount
 * is not known come last in both directions.
 */
export function sortCostRows(rows: readonly CostTableRow[], by: CostSort, direction: SortDirection): CostTableRow[] {
  const sign = direction === "asc" ? 1 : -1;
  return [...rows].sort(
    (a, b) => compareKnown(a, b, by) || sign * compare(a, b, by) || compareText(toSortKey(a), toSortKey(b)),
  );
}

/** Initial sort order of a table: time descends, money starts with the largest amount. */
export const naturalSort = (group: CostGroup): { by: CostSort; direction: SortDirection } =>
  isTimeGroup(group) ? { by: "name", direction: "asc" } : { by: "cost", direction: "desc" };

const compareKnown = (a: CostTableRow, b: CostTableRow, by: CostSort): number =>
  by === "name" ? 0 : Number(pickAmount(a.figures, by) === null) - Number(pickAmount(b.figures, by) === null);

function compare(a: CostTableRow, b: CostTableRow, by: CostSort): number {
  if (by === "name") return compareText(toSortKey(a), toSortKey(b));
  const left = BigInt(pickAmount(a.figures, by) ?? 0);
  const right = BigInt(pickAmount(b.figures, by) ?? 0);
  return left < right ? -1 : left > right ? 1 : 0;
}

function pickAmount(figures: FiguresView, by: Exclude<CostSort, "name">): string | number | null {
  if (by === "cost") return figures.costNanoUsd;
  if (by === "saved") return figures.savedNanoUsd;
  if (by === "avoided") return figures.avoidedNanoUsd;
  if (by === "full") return figures.fullPriceNanoUsd;
  if (by === "tokens") return sumTokens(figures);
  return figures[by];
}

/** Sort key by name: days, weeks and months by date, everything else by label. */
const toSortKey = (row: CostTableRow): string => (/^\d{4}-\d\d(-\d\d)?$/.test(row.key) ? row.key : row.label);

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
