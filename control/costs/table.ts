import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { rangeView } from "#core/costs/chart-series.ts";
import {
  type CostGroup,
  type CostGroups,
  type CostReport,
  type CostTable,
  type CostTableRow,
  costTable,
  isTimeGroup,
} from "#core/costs/cost-table.ts";
import { daysBeside } from "#core/costs/days-beside.ts";
import { AppError } from "#core/errors.ts";
import { isUnderWay, type TimeRange } from "#core/time/range.ts";
import type { RollupDim } from "#store/rollup-columns.ts";
import { findCorrections } from "../corrections/list.ts";
import type { ControlDeps } from "../deps.ts";
import { closedMonths } from "../months/closed-months.ts";
import { columnOf, describeRows, toGroupKey } from "./group-rows.ts";
import { readOpenBatches } from "./open-batches.ts";
import { dayRows } from "./rows.ts";
import { type CostScope, costScope } from "./scope.ts";

/**
 * Reads the costs of a range in groups, with exact totals and the previous range. A pair of groupings puts the second
 * within each row of the first. Refuses a pair of one grouping.
 */
export async function readCostTable(
  actor: Actor,
  groups: CostGroup | CostGroups,
  input: unknown,
  deps: ControlDeps,
): Promise<CostReport> {
  requirePermission(actor, "costs.read");
  const scope = await costScope(input, deps);
  const [table, openBatches, corrections] = await Promise.all([
    buildTable(scope, groups, deps),
    readOpenBatches(scope, deps),
    findCorrections(scope.range, deps),
  ]);
  return { ...table, openBatches, corrections };
}

/** Builds the table itself, for verbs that have checked the permission already. */
export async function buildTable(
  scope: CostScope,
  groups: CostGroup | CostGroups,
  deps: ControlDeps,
): Promise<CostTable> {
  const [group, split] = typeof groups === "string" ? [groups, null] : groups;
  if (group === split)
    throw new AppError("request.invalid", { split }, "Choose two different groupings: group and split are the same.");
  const { range, previous, filter } = scope;
  const beside = previous === null ? null : daysBeside(previous.days, range.days);
  const [now, before] = await Promise.all([
    keyedRows(range, filter, [group, split], (day) => day, deps),
    previous && beside ? keyedRows(previous, filter, [group, split], (day) => beside.get(day) ?? "", deps) : [],
  ]);
  const thisYear = range.today.slice(0, 4);
  const [describe, describePart] = await Promise.all([
    describeRows(group, toKeys(now), thisYear, deps),
    split === null ? undefined : describeRows(split, toPartKeys(now), thisYear, deps),
  ]);
  const head = {
    group,
    ...(split === null ? {} : { split }),
    range: rangeView(range),
    previous: previous && rangeView(previous),
    isUnderWay: isUnderWay(range),
  };
  const table = costTable(head, { now, before }, describe, describePart);
  const months = table.rows.flatMap((row) => [
    ...(group === "month" ? [row] : []),
    ...(split === "month" ? (row.parts ?? []) : []),
  ]);
  return months.length === 0 ? table : nameMonths(table, months, range.today, deps);
}

/** Says of each row that is a month whether it is closed. */
async function nameMonths(
  table: CostTable,
  months: readonly CostTableRow[],
  today: string,
  deps: ControlDeps,
): Promise<CostTable> {
  const closed = await closedMonths(deps);
  for (const row of months) {
    const close = closed.get(row.key);
    const state = close !== undefined ? "closed" : row.key < today.slice(0, 7) ? "open" : "under way";
    row.month = { state, closedNanoUsd: close?.costNanoUsd?.toString() ?? null };
  }
  return table;
}

const toKeys = (rows: readonly { key: string }[]): string[] => rows.map(({ key }) => key);
const toPartKeys = (rows: readonly { partKey: string }[]): string[] => rows.map(({ partKey }) => partKey);

/** Reads the sums of a range under the keys of its groups. `toDay`: the day in the table that a day stands beside. */
async function keyedRows(
  range: TimeRange,
  filter: CostScope["filter"],
  [group, split]: CostGroups,
  toDay: (day: string) => string,
  deps: ControlDeps,
) {
  const columns: (RollupDim | "day")[] = split === null ? [columnOf[group]] : [columnOf[group], columnOf[split]];
  const rows = await dayRows({ range, filter }, columns, deps);
  const keyIn = (row: (typeof rows)[number], of: CostGroup): string => {
    const value = String(row[columnOf[of] as keyof typeof row]);
    return toGroupKey(of, isTimeGroup(of) ? toDay(value) : value);
  };
  return rows.map((row) => ({ ...row, key: keyIn(row, group), partKey: split === null ? "" : keyIn(row, split) }));
}
