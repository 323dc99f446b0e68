import "server-only";
import type { ControlDeps } from "#control/deps.ts";
import { peopleWhoMay } from "#control/team/who-may.ts";
import type { Actor } from "#core/access/actor.ts";
import { may, type Permission } from "#core/access/permissions.ts";

/** Null when the actor may; else the sentence that goes with the disabled button: which roles may, and who they are here. */
export async function whyNot(actor: Actor, permission: Permission, deps: ControlDeps): Promise<string | null> {
  if (may(actor, permission)) return null;
  return peopleWhoMay(permission, deps);
}
