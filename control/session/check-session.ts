import type { Actor, Via } from "#core/access/actor.ts";
import { personById } from "#store/people.ts";
import type { ControlDeps } from "../deps.ts";
import { roleOf } from "../team/person.ts";

export type PersonActor = Extract<Actor, { kind: "person" }>;

/** What a session cookie claims; true only until the person's row says otherwise. */
export interface SessionClaim {
  personId: string;
  sessionVersion: number;
}

/**
 * The person behind a session, looked up on every request: disabling, a new role, a new password or signing out end every
 * older cookie at once.
 */
export async function checkSession(
  claim: SessionClaim,
  origin: { via: Via; address: string | null },
  deps: ControlDeps,
): Promise<PersonActor | null> {
  const person = await personById(deps.db, claim.personId);
  if (!person || person.disabledAt || person.sessionVersion !== claim.sessionVersion) return null;
  const { id, name, email } = person;
  return { kind: "person", id, name, email, role: roleOf(person), ...origin };
}
