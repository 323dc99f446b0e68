import type { Actor } from "#core/access/actor.ts";
import { may, requirePermission } from "#core/access/permissions.ts";
import { namesForRules, type RuleNames } from "#store/rule-names.ts";
import type { ControlDeps } from "../deps.ts";

const NO_NAMES: RuleNames = { projects: [], teams: [], people: [], keys: [] };

/** Names that conditions may ask for, to be offered while a rule is written. Who only reads rules is shown none. */
export async function ruleNames(actor: Actor, deps: ControlDeps): Promise<RuleNames> {
  requirePermission(actor, "rules.read");
  return may(actor, "rules.publish") ? namesForRules(deps.db) : NO_NAMES;
}
