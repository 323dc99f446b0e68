import { paths } from "#app/paths.ts";
import { type CostGroup, isTimeGroup } from "#core/costs/cost-table.ts";
import { slotRangeText } from "#core/costs/slots.ts";
import { addDays } from "#core/time/instant.ts";
import { type CostView, scopeParams } from "./url.ts";

/** A group and the key of one of its rows. */
export interface OpenedGroup {
  group: CostGroup;
  key: string;
}

/** Where a row leads: another view of this page, or its requests in Activity. */
export type RowTarget = { kind: "view"; change: Partial<CostView> } | { kind: "requests"; href: string };

/** Groupings that this page filters by, and those that only Activity does. */
const filtersHere = ["project", "team", "model", "person"] as const;
const filtersThere = ["key", "rule", "requested"] as const;

/**
 * Finds where a row leads, or a part within a row. A day leads to its models, other rows to their days, and what this
 * page has no filter for to its requests. Null for a row without a name, and for an endpoint, which nothing filters by.
 */
export function findRowTarget(
  groups: readonly OpenedGroup[],
  view: CostView,
  range: { from: string; to: string },
): RowTarget | null {
  if (groups.some(({ key }) => key === "") || groups.some(({ group }) => group === "endpoint")) return null;
  let text = view.range;
  let filters = view.filters;
  const there: Record<string, string> = {};
  for (const { group, key } of groups) {
    const here = filtersHere.find((name) => name === group);
    const only = filtersThere.find((name) => name === group);
    if (isTimeGroup(group)) text = toRangeText(group, key, range);
    else if (here !== undefined) filters = { ...filters, [here]: [key] };
    else if (only !== undefined) there[only] = key;
  }
  if (Object.keys(there).length > 0) {
    const { cmp: _cmp, ...scope } = scopeParams({ ...view, range: text, filters });
    return { kind: "requests", href: paths.activity({ ...scope, ...there }) };
  }
  const isOneDay = groups.some(({ group }) => group === "day");
  return { kind: "view", change: { range: text, filters, group: isOneDay ? "model" : "day", split: null, sort: null } };
}

/** The days of a row of time that lie within the range. */
function toRangeText(group: CostGroup, key: string, { from, to }: { from: string; to: string }): string {
  if (group !== "week") return slotRangeText(key, { from, to });
  const end = addDays(key, 7);
  return `${key < from ? from : key}..${end > to ? to : end}`;
}
