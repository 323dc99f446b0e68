import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { revokePersonAccessTokens } from "#store/access-tokens.ts";
import { updatePersonAndEndSessions } from "#store/people.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { mutate } from "../mutate.ts";
import { revokeOutlivedLinks } from "./links.ts";
import { type PersonView, personView, requireAnotherOwner, requireOwnerFor, requirePerson } from "./person.ts";

/**
 * Disables a person. Sessions end. Access tokens and the open links they made are revoked for good. Proxy keys stop
 * working until the person is re-enabled. History stays.
 */
export async function disablePerson(actor: Actor, id: string, deps: ControlDeps): Promise<PersonView> {
  requirePermission(actor, "team.disable");
  return mutate(actor, deps, async (tx, at) => {
    const person = await requirePerson(tx, id);
    requireOwnerFor(actor, person.role);
    if (person.disabledAt) return personView(person);
    await requireAnotherOwner(tx, person);
    const changed = await updatePersonAndEndSessions(tx, id, { disabledAt: at });
    const tokensRevoked = await revokePersonAccessTokens(tx, id, at);
    const fact = { action: "team.disable", object: { kind: "person", id } };
    const before = { email: person.email, disabled: false };
    await recordAudit(
      tx,
      actor,
      { ...fact, before, after: { email: person.email, disabled: true, tokensRevoked } },
      at,
    );
    await revokeOutlivedLinks(tx, actor, id, at);
    return personView(changed);
  });
}
