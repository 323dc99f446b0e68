import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { refuseTokens, requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { revokePersonAccessTokens } from "#store/access-tokens.ts";
import { hashSecret } from "#store/hashes.ts";
import { insertLink, revokeLinks } from "#store/one-time-links.ts";
import { personById, updatePersonAndEndSessions } from "#store/people.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput, passwordField, secretField } from "../input.ts";
import { mutate } from "../mutate.ts";
import { newId, newSecret } from "../secrets.ts";
import { hashPassword, requireGoodPassword } from "../session/password.ts";
import { findLink, takeValidLink } from "./links.ts";
import { type PersonView, personView, requireOwnerFor, requirePerson, toRole } from "./person.ts";

const useResetInput = z.strictObject({ token: secretField, password: passwordField });

const validMs = 3_600_000;

/** Creates a one-hour link with which a person sets a new password. Until it is used the old password stays valid. */
export async function issuePasswordReset(
  actor: Actor,
  personId: string,
  deps: ControlDeps,
): Promise<{ path: string; expiresAt: string }> {
  requirePermission(actor, "team.invite");
  // A reset link opens a session, which may do everything the person may: more than a token's scopes.
  refuseTokens(actor);
  const { secret, hash } = newSecret("");
  return mutate(actor, deps, async (tx, at) => {
    const person = await requirePerson(tx, personId);
    requireOwnerFor(actor, person.role);
    await revokeLinks(tx, { kind: "reset", personId }, at);
    const expiresAt = new Date(at.getTime() + validMs);
    const link = { id: newId("lnk"), kind: "reset", tokenHash: hash, personId, email: person.email } as const;
    await insertLink(tx, { ...link, createdBy: actor.id, createdAt: at, expiresAt });
    const after = { email: person.email, expiresAt: expiresAt.toISOString() };
    await recordAudit(tx, actor, { action: "team.reset-link", object: { kind: "person", id: personId }, after }, at);
    return { path: `/reset/${secret}`, expiresAt: expiresAt.toISOString() };
  });
}

/** Finds the person of a reset link, for the page behind it; null when the link is not valid. */
export async function findPasswordReset(token: string, deps: ControlDeps): Promise<{ email: string } | null> {
  const link = await findLink(deps.db, "reset", hashSecret(token), deps.now());
  return link?.email ? { email: link.email } : null;
}

/**
 * Sets the new password, once, ends every session of that person and revokes their access tokens. A thief with the old
 * password may have created some. A disabled person stays disabled.
 */
export async function usePasswordReset(input: unknown, address: string | null, deps: ControlDeps): Promise<PersonView> {
  const wanted = parseInput(useResetInput, input);
  const link = await findLink(deps.db, "reset", hashSecret(wanted.token), deps.now());
  const person = link?.personId ? await personById(deps.db, link.personId) : null;
  if (!link || !person) throw new AppError("auth.bad-link");
  requireGoodPassword(wanted.password, [person.email, person.name]);
  const passwordHash = await hashPassword(wanted.password);
  return mutate(null, deps, async (tx, at) => {
    if (!(await takeValidLink(tx, link, at))) throw new AppError("auth.bad-link");
    const changed = await updatePersonAndEndSessions(tx, person.id, { passwordHash });
    const after = { tokensRevoked: await revokePersonAccessTokens(tx, person.id, at) };
    const { id, name, email } = changed;
    const actor = { kind: "person", id, name, email, role: toRole(changed), via: "console", address } as const;
    await recordAudit(tx, actor, { action: "team.reset-password", object: { kind: "person", id }, after }, at);
    return personView(changed);
  });
}
