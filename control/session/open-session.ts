import type { Tx } from "#store/client.ts";
import { insertSession, pruneSessions } from "#store/sign-in-sessions.ts";
import { newId } from "../secrets.ts";

/** Maximum age of a session, one week from signing in, independent of its use. */
export const sessionMaxAgeMs = 7 * 86_400_000;

/** Records a session in the transaction of the sign-in; its id goes into the sealed cookie. Removes expired ones. */
export async function openSession(
  tx: Tx,
  personId: string,
  from: { address: string | null; browser: string | null },
  at: Date,
): Promise<string> {
  await pruneSessions(tx, at);
  const id = newId("ses");
  const expiresAt = new Date(at.getTime() + sessionMaxAgeMs);
  await insertSession(tx, { id, personId, ...from, createdAt: at, lastSeenAt: at, expiresAt });
  return id;
}
