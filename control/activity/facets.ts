import type { Actor } from "#core/access/actor.ts";
import type { ActivityFacets } from "#core/activity/request-view.ts";
import { shortModel } from "#core/costs/model-key.ts";
import { listProxyKeys } from "#store/proxy-keys.ts";
import type { RollupDim } from "#store/rollup-columns.ts";
import { sumRollupValues } from "#store/rollups.ts";
import { type RuleFact, ruleFacts } from "../costs/rule-facts.ts";
import type { ControlDeps } from "../deps.ts";
import { callerNames } from "./callers.ts";
import { type ActivityScope, activityScope } from "./scope.ts";
import { toDays } from "./series.ts";

const offeredMax = 200;

/**
 * Lists every project, model, person, key, team and rule of the range, independent of the filters. Where the actor sees
 * no more, they are the actor's own. What is filtered by is among them even without a request in the range. A link must
 * not show an id for a name.
 */
export async function readActivityFacets(actor: Actor, input: unknown, deps: ControlDeps): Promise<ActivityFacets> {
  const scope = await activityScope(actor, input, deps);
  const values = (by: RollupDim) => listValues(scope, by, scope.isOwn ? actor.id : null, deps);
  const [project, requested, model, people, keys, team, rules, names, ownKeys] = await Promise.all([
    values("project"),
    values("requestedModel"),
    values("servedModel"),
    scope.isOwn ? [] : values("personId"),
    values("proxyKeyId"),
    values("team"),
    values("ruleId"),
    callerNames(deps),
    scope.isOwn ? listProxyKeys(deps.db, actor.id) : [],
  ]);
  const { personId, proxyKeyId, ruleId } = scope.filter;
  // Names of other people, their keys and rules are hidden from those who see only their own requests.
  const own = new Set([actor.id, ...ownKeys.map(({ id }) => id)]);
  const mayName = (id: string) => !scope.isOwn || own.has(id);
  const withAsked = (found: string[], asked: string | readonly string[] | undefined) => [
    ...new Set([...found, ...[asked ?? []].flat().filter(mayName)]),
  ];
  const shownRules = withAsked(rules, ruleId);
  const facts = await ruleFacts(new Set(shownRules), deps);
  return {
    project,
    requested,
    model,
    person: withAsked(people, personId).map((id) => ({ id, name: names.person(id) ?? id })),
    key: withAsked(keys, proxyKeyId).map((id) => ({ id, name: names.key(id) ?? id })),
    team,
    rule: shownRules.map((id) => ({ id, name: ruleName(facts.get(id)) ?? id })),
  };
}

function ruleName(fact: RuleFact | undefined): string | null {
  if (fact === undefined) return null;
  const route = `${shortModel(fact.from)} → ${shortModel(fact.to)}`;
  return fact.note === null ? route : `${route} (${fact.note})`;
}

/** Busiest first. */
async function listValues(
  { range }: ActivityScope,
  by: RollupDim,
  personId: string | null,
  deps: ControlDeps,
): Promise<string[]> {
  const filters = personId === null ? {} : { personId: [personId] };
  const rows = await sumRollupValues(deps.reports, { ...toDays(range), filters }, by, "requests");
  return rows
    .sort((a, b) => Number(b.sum - a.sum))
    .map(({ value }) => value)
    .filter((value) => value !== "")
    .slice(0, offeredMax);
}
