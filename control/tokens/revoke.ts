import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { accessTokenById, revokeAccessToken } from "#store/access-tokens.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { mutate } from "../mutate.ts";

/** Revokes one of the actor's own access tokens. Somebody else's does not exist for you. */
export async function revokeOwnToken(actor: Actor, id: string, deps: ControlDeps): Promise<void> {
  requirePermission(actor, "own-keys.manage");
  await mutate(deps, async (tx, at) => {
    const token = await accessTokenById(tx, id);
    if (!token || token.personId !== actor.id) throw new AppError("not-found");
    if (!(await revokeAccessToken(tx, id, at))) return;
    const before = { name: token.name, hint: token.hint };
    await recordAudit(tx, actor, { action: "tokens.revoke", object: { kind: "token", id }, before }, at);
  });
}
