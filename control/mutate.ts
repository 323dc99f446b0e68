import type { Actor } from "#core/access/actor.ts";
import { AppError } from "#core/errors.ts";
import { liveAccessToken } from "#store/access-tokens.ts";
import type { Tx } from "#store/client.ts";
import { personById } from "#store/people.ts";
import { bumpRevision } from "#store/revision.ts";
import { liveSession } from "#store/sign-in-sessions.ts";
import { inTransaction } from "#store/transaction.ts";
import type { ControlDeps } from "./deps.ts";

/**
 * Runs one change by one actor in a transaction; every instance notices it within its next poll. The revision is
 * raised first: that takes the write lock, so what is read afterwards cannot change before the commit (two owners
 * demoting each other, fifty people setting up at once).
 *
 * The actor was authenticated before the change waited for that lock, so it is checked again under the lock: throws
 * `auth.required` when the session, the token, the role or the person is no longer what it was. `actor` is null where
 * no sign-in is the proof (a link, claims of an identity provider, the rules file): `change` then checks the proof.
 */
export function mutate<T>(
  actor: Actor | null,
  deps: ControlDeps,
  change: (tx: Tx, at: Date) => Promise<T>,
): Promise<T> {
  return inTransaction(deps.db, async (tx) => {
    await bumpRevision(tx);
    const at = deps.now();
    if (actor !== null && !(await isStillWhoActs(tx, actor, at))) {
      throw new AppError("auth.required", {}, "Your access has changed meanwhile. Sign in again.");
    }
    return change(tx, at);
  });
}

/** Whether an actor that was authenticated earlier would be authenticated at this instant, with the same role. */
async function isStillWhoActs(tx: Tx, actor: Actor, at: Date): Promise<boolean> {
  if (actor.kind !== "person") return true;
  const person = await personById(tx, actor.id);
  if (!person || person.disabledAt || person.role !== actor.role) return false;
  if (actor.sessionId !== undefined) {
    const session = await liveSession(tx, actor.sessionId, at);
    if (session?.person.id !== actor.id) return false;
  }
  if (actor.token === undefined) return true;
  const token = await liveAccessToken(tx, { id: actor.token.id }, at);
  return token?.person.id === actor.id;
}
