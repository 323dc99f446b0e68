import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { listAccessTokens } from "#store/access-tokens.ts";
import type { ControlDeps } from "../deps.ts";
import { type AccessTokenView, accessTokenView } from "./access-token-view.ts";

/** The actor's own access tokens. There is no list of everybody's: a token acts as its person. */
export async function listOwnTokens(actor: Actor, deps: ControlDeps): Promise<AccessTokenView[]> {
  requirePermission(actor, "own-keys.manage");
  const rows = await listAccessTokens(deps.db, actor.id);
  return rows.map((row) => accessTokenView(row, deps.now()));
}
