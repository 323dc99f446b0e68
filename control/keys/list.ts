import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { listProxyKeys } from "#store/proxy-keys.ts";
import type { ControlDeps } from "../deps.ts";
import { type ProxyKeyView, proxyKeyView } from "./proxy-key-view.ts";

/** Lists the actor's own proxy keys or, with `keys.manage`, all keys. */
export async function listKeys(actor: Actor, scope: "own" | "all", deps: ControlDeps): Promise<ProxyKeyView[]> {
  requirePermission(actor, scope === "all" ? "keys.manage" : "own-keys.manage");
  const rows = await listProxyKeys(deps.db, scope === "all" ? null : actor.id);
  return rows.map((row) => proxyKeyView(row, deps.now()));
}
