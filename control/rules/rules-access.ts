import type { Actor } from "#core/access/actor.ts";
import { formatRolesWith, may, type Permission, rolesWith } from "#core/access/permissions.ts";
import { listPeople } from "#store/people.ts";
import type { ControlDeps } from "../deps.ts";

/** Permissions of this actor for rules: null for yes, else the sentence that names who may. */
export interface RulesAccess {
  draft: string | null;
  publish: string | null;
  rollBack: string | null;
  pause: string | null;
}

/** Reads the permissions, for disabled buttons with a reason. The verbs themselves check again. */
export async function rulesAccess(actor: Actor, deps: ControlDeps): Promise<RulesAccess> {
  const people = may(actor, "rules.publish") ? [] : (await listPeople(deps.db)).filter((person) => !person.disabledAt);
  const why = (permission: Permission, verb: string): string | null => {
    if (may(actor, permission)) return null;
    const roles = rolesWith(permission);
    const names = people.filter((person) => roles.some((role) => role === person.role)).map((person) => person.name);
    const shown = names.slice(0, namesShown).join(", ") + (names.length > namesShown ? " and others" : "");
    return `Only ${formatRolesWith(permission)} ${verb}${shown === "" ? "" : `: ${shown}`}.`;
  };
  return {
    draft: why("rules.draft", "edit rules"),
    publish: why("rules.publish", "publish"),
    rollBack: why("rules.roll-back", "roll back"),
    pause: why("rules.pause", "pause overrides"),
  };
}

const namesShown = 4;
