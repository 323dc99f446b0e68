import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { rangeView, type Tier } from "#core/costs/chart-series.ts";
import { type CostGroup, type CostTable, costTable } from "#core/costs/cost-table.ts";
import { daysBeside } from "#core/costs/days-beside.ts";
import { findTier } from "#core/costs/model-key.ts";
import { weekdayLabel } from "#core/costs/slots.ts";
import { isUnderWay, type TimeRange } from "#core/time/range.ts";
import { listPeople } from "#store/people.ts";
import type { RollupDim } from "#store/rollup-columns.ts";
import type { ControlDeps } from "../deps.ts";
import { dayRows } from "./rows.ts";
import { type CostScope, costScope } from "./scope.ts";

/** Column of the rollup for each group. */
const dimensionOf = {
  day: "day",
  model: "servedModel",
  project: "project",
  team: "team",
  person: "personId",
} as const satisfies Record<CostGroup, RollupDim | "day">;

const nameless: Record<CostGroup, string> = {
  day: "",
  model: "No model",
  project: "No project",
  team: "No team",
  person: "Unassigned",
};

/** Reads the costs of a range by day, model, project, team or person, with exact totals and the previous range. */
export async function readCostTable(
  actor: Actor,
  group: CostGroup,
  input: unknown,
  deps: ControlDeps,
): Promise<CostTable> {
  requirePermission(actor, "costs.read");
  return buildTable(await costScope(input, deps), group, deps);
}

/** Builds the table itself, for verbs that have checked the permission already. */
export async function buildTable(scope: CostScope, group: CostGroup, deps: ControlDeps): Promise<CostTable> {
  const { range, previous, filter } = scope;
  const [now, before, describe] = await Promise.all([
    keyedRows(range, filter, group, deps),
    previous ? keyedRows(previous, filter, group, deps) : [],
    describer(group, range, deps),
  ]);
  const head = {
    group,
    range: rangeView(range),
    previous: previous && rangeView(previous),
    isUnderWay: isUnderWay(range),
  };
  const beside = group === "day" && previous ? daysBeside(previous.days, range.days) : null;
  const aligned = beside ? before.map((row) => ({ ...row, key: beside.get(row.key) ?? "" })) : before;
  return costTable(head, { now, before: aligned }, describe);
}

async function keyedRows(range: TimeRange, filter: CostScope["filter"], group: CostGroup, deps: ControlDeps) {
  const dimension: RollupDim | "day" = dimensionOf[group];
  const rows = await dayRows({ range, filter }, [dimension], deps);
  return rows.map((row) => ({ ...row, key: String(row[dimension]) }));
}

type Describe = (key: string) => { label: string; tier: Tier };

async function describer(group: CostGroup, range: TimeRange, deps: ControlDeps): Promise<Describe> {
  const plain: Describe = (key) => ({ label: key || nameless[group], tier: null });
  if (group === "day") return (day) => ({ label: weekdayLabel(day, range.today.slice(0, 4)), tier: null });
  if (group === "model") return (id) => ({ ...plain(id), tier: findTier(deps.config.catalogue, id) });
  if (group !== "person") return plain;
  const names = new Map((await listPeople(deps.db)).map((person) => [person.id, person.name]));
  return (id) => ({ label: names.get(id) ?? (id || nameless.person), tier: null });
}
