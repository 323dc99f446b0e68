import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { updatePersonAndEndSessions } from "#store/people.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput, roleField } from "../input.ts";
import { mutate } from "../mutate.ts";
import { revokeOutlivedLinks } from "./links.ts";
import {
  type PersonView,
  personView,
  refuseTokensFor,
  requireAnotherOwner,
  requireOwnerFor,
  requirePerson,
} from "./person.ts";

const changeRoleInput = z.strictObject({ role: roleField });

/**
 * Changes a person's role. Old permissions do not linger: open sessions end, and so do the open links that their
 * makers may no longer make.
 */
export async function changeRole(actor: Actor, id: string, input: unknown, deps: ControlDeps): Promise<PersonView> {
  requirePermission(actor, "team.change-role");
  const { role } = parseInput(changeRoleInput, input);
  return mutate(actor, deps, async (tx, at) => {
    const person = await requirePerson(tx, id);
    requireOwnerFor(actor, person.role, role);
    refuseTokensFor(actor, role);
    if (person.role === role) return personView(person);
    await requireAnotherOwner(tx, person);
    const changed = await updatePersonAndEndSessions(tx, id, { role });
    const fact = { action: "team.change-role", object: { kind: "person", id } };
    const before = { email: person.email, role: person.role };
    await recordAudit(tx, actor, { ...fact, before, after: { email: person.email, role } }, at);
    await revokeOutlivedLinks(tx, actor, id, at);
    return personView(changed);
  });
}
