import "server-only";
import type { ControlDeps } from "#control/deps.ts";
import { peopleWhoMay } from "#control/team/who-may.ts";
import type { Actor } from "#core/access/actor.ts";
import { may, type Permission } from "#core/access/permissions.ts";

/** Null when the actor has permission; else the sentence for the disabled button: roles that have it, and their people. */
export async function whyNot(actor: Actor, permission: Permission, deps: ControlDeps): Promise<string | null> {
  if (may(actor, permission)) return null;
  return peopleWhoMay(permission, deps);
}
