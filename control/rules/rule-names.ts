import type { Actor } from "#core/access/actor.ts";
import { may, requirePermission } from "#core/access/permissions.ts";
import { namesForRules, type RuleNames } from "#store/rule-names.ts";
import type { ControlDeps } from "../deps.ts";

const NO_NAMES: RuleNames = { projects: [], teams: [], people: [], keys: [] };

/** Lists the names that conditions may use, for completion. Empty for readers of rules without the right to edit. */
export async function ruleNames(actor: Actor, deps: ControlDeps): Promise<RuleNames> {
  requirePermission(actor, "rules.read");
  return may(actor, "rules.publish") ? namesForRules(deps.db) : NO_NAMES;
}
