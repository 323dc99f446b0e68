import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { updatePersonAndEndSessions } from "#store/people.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { mutate } from "../mutate.ts";
import { type PersonView, personView, requireOwnerFor, requirePerson } from "./person.ts";

/**
 * Enables a disabled person. Sessions and access tokens do not come back; proxy keys that were not revoked work
 * again.
 */
export async function enablePerson(actor: Actor, id: string, deps: ControlDeps): Promise<PersonView> {
  requirePermission(actor, "team.disable");
  return mutate(actor, deps, async (tx, at) => {
    const person = await requirePerson(tx, id);
    requireOwnerFor(actor, person.role);
    if (!person.disabledAt) return personView(person);
    const changed = await updatePersonAndEndSessions(tx, id, { disabledAt: null });
    const fact = { action: "team.enable", object: { kind: "person", id } };
    const before = { email: person.email, disabled: true };
    await recordAudit(tx, actor, { ...fact, before, after: { email: person.email, disabled: false } }, at);
    return personView(changed);
  });
}
