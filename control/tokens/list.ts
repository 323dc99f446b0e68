import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { listAccessTokens, listAllAccessTokens } from "#store/access-tokens.ts";
import type { ControlDeps } from "../deps.ts";
import { type AccessTokenView, accessTokenView } from "./access-token-view.ts";

/** Lists the actor's own access tokens. */
export async function listOwnTokens(actor: Actor, deps: ControlDeps): Promise<AccessTokenView[]> {
  requirePermission(actor, "own-access.manage");
  const rows = await listAccessTokens(deps.db, actor.id);
  return rows.map((row) => accessTokenView(row, deps.now()));
}

export interface OwnedTokenView extends AccessTokenView {
  person: { id: string; name: string; role: string };
}

/** Lists the access tokens of all people, for those who may revoke them; never a secret or its hash. */
export async function listAllTokens(actor: Actor, deps: ControlDeps): Promise<OwnedTokenView[]> {
  requirePermission(actor, "access.manage");
  const rows = await listAllAccessTokens(deps.db);
  return rows.map(({ person, ...row }) => ({ ...accessTokenView(row, deps.now()), person }));
}
