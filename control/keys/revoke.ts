import type { Actor } from "#core/access/actor.ts";
import { may, requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { proxyKeyById, revokeProxyKey } from "#store/proxy-keys.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { mutate } from "../mutate.ts";

/** Revokes a proxy key; every instance refuses it within its next poll. Another person's key is `not-found`. */
export async function revokeKey(actor: Actor, id: string, deps: ControlDeps): Promise<void> {
  requirePermission(actor, "own-keys.manage");
  await mutate(actor, deps, async (tx, at) => {
    const key = await proxyKeyById(tx, id);
    if (!key || (key.personId !== actor.id && !may(actor, "keys.manage")))
      throw new AppError("not-found", {}, "There is no such key, or it is not yours.");
    if (!(await revokeProxyKey(tx, id, at))) return;
    const before = { name: key.name, hint: key.hint, person: key.person?.email ?? null };
    await recordAudit(tx, actor, { action: "keys.revoke", object: { kind: "key", id }, before }, at);
  });
}
