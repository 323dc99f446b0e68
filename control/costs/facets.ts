import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { valuesOf } from "#store/cost-totals.ts";
import { listPeople } from "#store/people.ts";
import type { ControlDeps } from "../deps.ts";
import { costScope, daysOf } from "./scope.ts";

/** What the filters of a range can offer, most expensive first. */
export interface CostFacets {
  project: string[];
  team: string[];
  model: string[];
  person: { id: string; name: string }[];
}

/** Every project, team, model and person that caused traffic in the range, whatever is filtered now. */
export async function readCostFacets(actor: Actor, input: unknown, deps: ControlDeps): Promise<CostFacets> {
  requirePermission(actor, "costs.read");
  const days = daysOf((await costScope(input, deps)).range);
  const [project, team, model, ids, people] = await Promise.all([
    valuesOf(deps.db, days, "project"),
    valuesOf(deps.db, days, "team"),
    valuesOf(deps.db, days, "servedModel"),
    valuesOf(deps.db, days, "personId"),
    listPeople(deps.db),
  ]);
  const names = new Map(people.map((person) => [person.id, person.name]));
  return { project, team, model, person: ids.map((id) => ({ id, name: names.get(id) ?? id })) };
}
