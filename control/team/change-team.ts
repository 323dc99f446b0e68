import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { setPersonTeam } from "#store/people.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { labelField, parseInput } from "../input.ts";
import { mutate } from "../mutate.ts";
import { type PersonView, personView, requirePerson } from "./person.ts";

const changeTeamInput = z.strictObject({ team: labelField });

/** Sets a person's team: their keys without a team count for it from now on. An empty team is none. */
export async function changeTeam(actor: Actor, id: string, input: unknown, deps: ControlDeps): Promise<PersonView> {
  requirePermission(actor, "limits.manage");
  const { team } = parseInput(changeTeamInput, input);
  return mutate(actor, deps, async (tx, at) => {
    const person = await requirePerson(tx, id);
    if (person.team === team) return personView(person);
    const changed = await setPersonTeam(tx, id, team);
    const change = { before: { email: person.email, team: person.team }, after: { email: person.email, team } };
    await recordAudit(tx, actor, { action: "team.change-team", object: { kind: "person", id }, ...change }, at);
    return personView(changed);
  });
}
