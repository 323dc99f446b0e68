import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import type { Role } from "#core/access/roles.ts";
import { AppError } from "#core/errors.ts";
import type { Tx } from "#store/client.ts";
import { findLiveInvite, insertLink, type LinkRow, revokeLinks } from "#store/one-time-links.ts";
import { personByEmail } from "#store/people.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { emailField, nameField, parseInput, roleField } from "../input.ts";
import { mutate } from "../mutate.ts";
import { newId, newSecret } from "../secrets.ts";
import { refuseTokensFor, requireOwnerFor } from "./person.ts";

const inviteInput = z.strictObject({
  email: emailField,
  name: z.union([nameField(), z.literal("")]).optional(),
  role: roleField,
});

/** Lifetime of an invitation: long enough for a weekend, short enough that a forgotten chat message is no open door. */
const validMs = 72 * 3_600_000;

export interface InviteView {
  id: string;
  email: string;
  name: string | null;
  role: Role;
  createdAt: string;
  expiresAt: string;
  /** Revoked because its maker may no longer invite to this role. */
  isRevoked: boolean;
}

/** Invites one e-mail address to one role. The path with its secret is returned once and cannot be shown again. */
export async function invite(
  actor: Actor,
  input: unknown,
  deps: ControlDeps,
): Promise<{ invite: InviteView; path: string }> {
  requirePermission(actor, "team.invite");
  const wanted = parseInput(inviteInput, input);
  requireOwnerFor(actor, wanted.role);
  refuseTokensFor(actor, wanted.role);
  const { secret, hash } = newSecret("");
  return mutate(actor, deps, async (tx, at) => {
    if (await personByEmail(tx, wanted.email)) throw new AppError("team.email-taken");
    await withdrawReplaced(tx, actor, wanted.email, at);
    const link = await insertLink(tx, {
      id: newId("lnk"),
      kind: "invite",
      tokenHash: hash,
      email: wanted.email,
      name: wanted.name || null,
      role: wanted.role,
      createdBy: actor.id,
      createdAt: at,
      expiresAt: new Date(at.getTime() + validMs),
    });
    const after = { email: wanted.email, role: wanted.role, expiresAt: link.expiresAt.toISOString() };
    await recordAudit(tx, actor, { action: "team.invite", object: { kind: "invite", id: link.id }, after }, at);
    return { invite: inviteView(link), path: `/invite/${secret}` };
  });
}

/** Withdraws the invitations of an address that a new one replaces: only by those who may withdraw them, and audited. */
async function withdrawReplaced(tx: Tx, actor: Actor, email: string, at: Date): Promise<void> {
  const replaced = await findLiveInvite(tx, email, at);
  if (replaced) {
    requireOwnerFor(actor, replaced.role ?? "");
    const object = { kind: "invite", id: replaced.id };
    const change = { before: { email, role: replaced.role }, after: { reason: "replaced by a newer one" } };
    await recordAudit(tx, actor, { action: "team.revoke-invite", object, ...change }, at);
  }
  // Expired ones as well: they leave the list.
  await revokeLinks(tx, { kind: "invite", email }, at);
}

/** One invitation as the API carries it, without its link. */
export function inviteView(link: LinkRow): InviteView {
  return {
    id: link.id,
    email: link.email ?? "",
    name: link.name,
    role: (link.role ?? "viewer") as Role,
    createdAt: link.createdAt.toISOString(),
    expiresAt: link.expiresAt.toISOString(),
    isRevoked: link.revokedAt !== null,
  };
}
