import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import type { CostFacets } from "#core/costs/overview.ts";
import { listPeople } from "#store/people.ts";
import type { RollupDim } from "#store/rollup-columns.ts";
import type { ControlDeps } from "../deps.ts";
import { dayValues } from "./rows.ts";
import { type CostScope, costScope } from "./scope.ts";

const offeredMax = 200;

/**
 * Lists every project, team, model and person with traffic in the range, independent of the current filter. It also
 * lists the people in the filter.
 */
export async function readCostFacets(actor: Actor, input: unknown, deps: ControlDeps): Promise<CostFacets> {
  requirePermission(actor, "costs.read");
  const { range, filter } = await costScope(input, deps);
  const [project, team, model, ids, people] = await Promise.all([
    listValues({ range, filter: {} }, "project", deps),
    listValues({ range, filter: {} }, "team", deps),
    listValues({ range, filter: {} }, "servedModel", deps),
    listValues({ range, filter: {} }, "personId", deps),
    listPeople(deps.db),
  ]);
  const names = new Map(people.map((person) => [person.id, person.name]));
  return {
    project,
    team,
    model,
    person: [...new Set([...ids, ...(filter.person ?? [])])].map((id) => ({ id, name: names.get(id) ?? id })),
  };
}

/** Sorts values, most expensive first. */
async function listValues(
  scope: Pick<CostScope, "range" | "filter">,
  by: RollupDim,
  deps: ControlDeps,
): Promise<string[]> {
  const costs = new Map<string, bigint>();
  for (const { value, sum } of await dayValues(scope, by, "costNanoUsd", deps)) if (value !== "") costs.set(value, sum);
  const ranked = [...costs].sort(([a, costA], [b, costB]) =>
    costA === costB ? (a < b ? -1 : 1) : costA < costB ? 1 : -1,
  );
  return ranked.slice(0, offeredMax).map(([value]) => value);
}
