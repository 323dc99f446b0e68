import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { refuseTokens, requirePermission } from "#core/access/permissions.ts";
import { revokePersonAccessTokens } from "#store/access-tokens.ts";
import type { Tx } from "#store/client.ts";
import { updatePersonAndEndSessions } from "#store/people.ts";
import { deleteSession, listSessions } from "#store/sign-in-sessions.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { mutate } from "../mutate.ts";
import { requireOwnerFor, requirePerson } from "../team/person.ts";

/** Ends the session of this request, and no other. A cookie that was copied from this browser ends with it. */
export async function signOut(actor: Actor, deps: ControlDeps): Promise<void> {
  refuseTokens(actor);
  if (actor.kind !== "person") return;
  const { id, sessionId } = actor;
  if (sessionId === undefined) return;
  // Not checked again: leaving needs no right, and a session that has ended meanwhile is what was wanted.
  await mutate(null, deps, async (tx, at) => {
    if (!(await deleteSession(tx, sessionId))) return;
    await recordAudit(tx, actor, { action: "session.sign-out", object: { kind: "person", id } }, at);
  });
}

/**
 * Input of signing out everywhere, where access tokens stay by default. They belong to machines: a nightly job must not
 * fail because a laptop was lent out.
 */
export const signOutEverywhereInput = z.strictObject({ tokens: z.boolean().default(false) });

interface SignedOutEverywhere {
  sessions: number;
  tokens: number;
}

/** Ends every session of the actor, this one included, and with `tokens` revokes their access tokens for good. */
export async function signOutEverywhere(actor: Actor, input: unknown, deps: ControlDeps): Promise<SignedOutEverywhere> {
  requirePermission(actor, "own-access.manage");
  refuseTokens(actor);
  const wanted = parseInput(signOutEverywhereInput, input);
  return mutate(actor, deps, (tx, at) => endAllAccess(tx, actor, actor.id, wanted.tokens, at));
}

/** Signs another person out everywhere: only owners do it to an owner. */
export async function signOutPerson(
  actor: Actor,
  personId: string,
  input: unknown,
  deps: ControlDeps,
): Promise<SignedOutEverywhere> {
  requirePermission(actor, "access.manage");
  const wanted = parseInput(signOutEverywhereInput, input);
  return mutate(actor, deps, async (tx, at) => {
    const person = await requirePerson(tx, personId);
    requireOwnerFor(actor, person.role);
    return endAllAccess(tx, actor, personId, wanted.tokens, at);
  });
}

async function endAllAccess(
  tx: Tx,
  actor: Actor,
  personId: string,
  withTokens: boolean,
  at: Date,
): Promise<SignedOutEverywhere> {
  const sessions = (await listSessions(tx, personId, at)).length;
  const { email } = await updatePersonAndEndSessions(tx, personId, {});
  const tokens = withTokens ? await revokePersonAccessTokens(tx, personId, at) : 0;
  const fact = { action: "session.sign-out-everywhere", object: { kind: "person", id: personId } };
  await recordAudit(tx, actor, { ...fact, after: { email, sessions, tokensRevoked: tokens } }, at);
  return { sessions, tokens };
}
