import { type CostGroup, type CostSort, costGroups, costSorts, type SortDirection } from "#core/costs/cost-table.ts";
import { ownValue } from "#core/own-value.ts";
import { isRangeText } from "#core/time/range.ts";

/** Filters in the order they are offered. */
const filterFields = ["project", "team", "model", "person"] as const;
export type FilterField = (typeof filterFields)[number];

export const chartMetrics = ["cost", "tokens", "requests"] as const;
export type ChartMetric = (typeof chartMetrics)[number];

/** View of Overview and Costs. It is kept in the address, so that a link reproduces it. */
export interface CostView {
  range: string;
  cmp: "prev" | "none";
  filters: Record<FilterField, string[]>;
  metric: ChartMetric;
  group: CostGroup;
  /** The grouping within each row; null: rows have no parts. */
  split: CostGroup | null;
  /** Null: the natural order of the group. */
  sort: { by: CostSort; direction: SortDirection } | null;
}

export const defaultView: CostView = {
  range: "30d",
  cmp: "prev",
  filters: { project: [], team: [], model: [], person: [] },
  metric: "cost",
  group: "day",
  split: null,
  sort: null,
};

type Params = Record<string, string | string[] | undefined>;

/** Parses search parameters. Missing or invalid ones become the default, so that old links open. */
export function readView(params: Params): CostView {
  const one = (name: string) => [params[name]].flat()[0];
  const list = (name: string) => [...new Set((one(name) ?? "").split(",").filter((value) => value !== ""))];
  const range = one("range") ?? "";
  const group = findAllowed(costGroups, one("group")) ?? defaultView.group;
  const split = findAllowed(costGroups, one("split")) ?? null;
  return {
    range: isRangeText(range) ? range : defaultView.range,
    cmp: one("cmp") === "none" ? "none" : "prev",
    filters: { project: list("project"), team: list("team"), model: list("model"), person: list("person") },
    metric: findAllowed(chartMetrics, one("metric")) ?? defaultView.metric,
    group,
    split: split === group ? null : split,
    sort: readSort(one("sort"), one("dir")),
  };
}

/** Formats the view as search parameters without defaults. */
export function viewParams(view: CostView): Record<string, string> {
  const params = scopeParams(view);
  if (view.range === defaultView.range) delete params.range;
  if (view.cmp === defaultView.cmp) delete params.cmp;
  if (view.metric !== defaultView.metric) params.metric = view.metric;
  if (view.group !== defaultView.group) params.group = view.group;
  if (view.split !== null) params.split = view.split;
  return { ...params, ...sortParams(view) };
}

/** Parameters that every API query of the page needs. */
export function scopeParams({ range, cmp, filters }: Pick<CostView, "range" | "cmp" | "filters">) {
  const params: Record<string, string> = { range, cmp };
  for (const field of filterFields) if (filters[field].length > 0) params[field] = filters[field].join(",");
  return params;
}

/** Parameters of the table: the scope and its groupings. */
export const tableParams = (view: CostView): Record<string, string> => ({
  ...scopeParams(view),
  group: view.group,
  ...(view.split === null ? {} : { split: view.split }),
});

/** Address of the CSV of this view. */
export const exportParams = (view: CostView): Record<string, string> => ({ ...tableParams(view), ...sortParams(view) });

export const hasFilters = (view: CostView): boolean => filterFields.some((field) => view.filters[field].length > 0);

/** Parses typed ranges: "last 3 days", "2 weeks", "this month", "2026-10-01 to 2026-11-01". Null when invalid. */
export function typedRange(text: string): string | null {
  const words = text.trim().toLowerCase().replace(/\s+/g, " ");
  const count = /^(?:last |past )?(\d{1,4}) ?(d|days?|w|weeks?)$/.exec(words);
  if (count) {
    const days = Number(count[1]) * (count[2]?.startsWith("w") ? 7 : 1);
    return isRangeText(`${days}d`) ? `${days}d` : null;
  }
  const named = ownValue(typedNames, words) ?? words.replace(/ ?(?:\.\.|–|—| to ) ?/, "..");
  return isRangeText(named) ? named : null;
}

const typedNames: Record<string, string> = {
  "this month": "mtd",
  "month to date": "mtd",
  "last month": "last-month",
  "this quarter": "qtd",
  "quarter to date": "qtd",
};

const sortParams = ({ sort }: CostView): Record<string, string> =>
  sort === null ? {} : { sort: sort.by, dir: sort.direction };

function readSort(by: string | undefined, direction: string | undefined): CostView["sort"] {
  const known = findAllowed(costSorts, by);
  return known ? { by: known, direction: direction === "asc" ? "asc" : "desc" } : null;
}

const findAllowed = <T extends string>(allowed: readonly T[], value: string | undefined): T | undefined =>
  allowed.find((one) => one === value);
