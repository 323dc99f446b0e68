import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { accessTokenById, revokeAccessToken } from "#store/access-tokens.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { mutate } from "../mutate.ts";
import { NOT_YOURS, requireAccessTo } from "../session/sessions.ts";

/**
 * Revokes an access token for good: the actor's own, or with `access.manage` another person's. Without that
 * permission, another person's token is `not-found`.
 */
export async function revokeToken(actor: Actor, id: string, deps: ControlDeps): Promise<void> {
  requirePermission(actor, "own-access.manage");
  await mutate(actor, deps, async (tx, at) => {
    const token = await accessTokenById(tx, id);
    if (!token) throw new AppError("not-found", {}, NOT_YOURS);
    if (token.personId !== actor.id) requireAccessTo(actor, token.person.role);
    if (!(await revokeAccessToken(tx, id, at))) return;
    const before = { name: token.name, hint: token.hint, person: token.person.name };
    await recordAudit(tx, actor, { action: "tokens.revoke", object: { kind: "token", id }, before }, at);
  });
}
