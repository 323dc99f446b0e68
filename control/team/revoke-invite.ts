import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { linkById, revokeLinks } from "#store/one-time-links.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { mutate } from "../mutate.ts";
import { requireOwnerFor } from "./person.ts";

/** Revokes an invitation: its link is invalid at once, and Team lists it no longer, also when it had expired. */
export async function revokeInvite(actor: Actor, id: string, deps: ControlDeps): Promise<void> {
  requirePermission(actor, "team.invite");
  await mutate(actor, deps, async (tx, at) => {
    const link = await linkById(tx, "invite", id);
    if (!link) throw new AppError("not-found", {}, "There is no such invitation, or it was used or revoked.");
    requireOwnerFor(actor, link.role ?? "");
    if ((await revokeLinks(tx, { kind: "invite", id }, at)) === 0) return;
    const before = { email: link.email, role: link.role };
    await recordAudit(tx, actor, { action: "team.revoke-invite", object: { kind: "invite", id }, before }, at);
  });
}
