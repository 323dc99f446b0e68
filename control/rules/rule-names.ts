import type { Actor } from "#core/access/actor.ts";
import { may, requirePermission } from "#core/access/permissions.ts";
import { addDays, toDayKey } from "#core/time/instant.ts";
import { namesForRules, type RuleNames } from "#store/rule-names.ts";
import type { ControlDeps } from "../deps.ts";
import { reportingZone } from "../settings/read.ts";

const NO_NAMES: RuleNames = { projects: [], teams: [], people: [], keys: [] };

/**
 * Days of traffic that names are taken from. They are long enough for a project that rests, short enough to forget one
 * that is gone.
 */
const TRAFFIC_DAYS = 90;

/** Names that conditions may ask for, to be offered while a rule is written. Who only reads rules is shown none. */
export async function ruleNames(actor: Actor, deps: ControlDeps): Promise<RuleNames> {
  requirePermission(actor, "rules.read");
  if (!may(actor, "rules.draft")) return NO_NAMES;
  const today = toDayKey(deps.now().getTime(), await reportingZone(deps));
  return namesForRules(deps.db, addDays(today, -TRAFFIC_DAYS));
}
