import type { Actor, Via } from "#core/access/actor.ts";
import { liveSession, noteSessionUse } from "#store/sign-in-sessions.ts";
import type { ControlDeps } from "../deps.ts";
import { toRole } from "../team/person.ts";

export type PersonActor = Extract<Actor, { kind: "person" }>;

/** Claim of a session cookie; valid only while the rows of the session and of the person confirm it. */
export interface SessionClaim {
  sessionId: string;
  personId: string;
  sessionVersion: number;
}

/** Interval of updates: writing "last seen" on every request would make reads into writes; a minute is exact enough. */
const lastSeenStepMs = 60_000;

/**
 * Finds the person of a session, on every request. Signing out ends this session at once. Disabling, a new role, a new
 * password and signing out everywhere end all of them.
 */
export async function checkSession(
  claim: SessionClaim,
  origin: { via: Via; address: string | null },
  deps: ControlDeps,
): Promise<PersonActor | null> {
  const now = deps.now();
  const session = await liveSession(deps.db, claim.sessionId, now);
  if (!session) return null;
  const { person } = session;
  if (person.id !== claim.personId || person.disabledAt || person.sessionVersion !== claim.sessionVersion) return null;
  if (now.getTime() - session.lastSeenAt.getTime() > lastSeenStepMs) {
    // A statistic: a busy database must not sign people out.
    await noteSessionUse(deps.db, session.id, now).catch(() => undefined);
  }
  const { id, name, email } = person;
  return { kind: "person", id, name, email, role: toRole(person), sessionId: session.id, ...origin };
}
