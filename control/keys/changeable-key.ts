import type { Actor } from "#core/access/actor.ts";
import { AppError } from "#core/errors.ts";
import type { Tx } from "#store/client.ts";
import { proxyKeyById } from "#store/proxy-keys.ts";
import { requireIssuer } from "./issuing-policy.ts";

/**
 * Reads a key that this actor may change. Throws for those who may not issue keys, and `not-found` for a revoked key.
 */
export async function requireChangeableKey(tx: Tx, actor: Actor, id: string) {
  await requireIssuer(tx, actor);
  const key = await proxyKeyById(tx, id);
  if (!key || key.revokedAt) throw new AppError("not-found", {}, "There is no such key, or it was revoked.");
  return key;
}
