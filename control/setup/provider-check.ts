import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import type { ProviderCheck } from "#core/connect/provider-check.ts";
import { askProviderCheck, readProviderCheck } from "#store/provider-checks.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { mutate } from "../mutate.ts";
import { newId } from "../secrets.ts";

/**
 * Time without a result after which the check of the provider is silent. A proxy claims it within a second, and a call
 * takes half a minute at most.
 */
const silentAfterMs = 45_000;

export interface ProviderCheckView {
  id: string;
  /** `silent`: no proxy has answered; none is running, or none can reach the database. */
  state: "waiting" | "silent" | "done";
  result: ProviderCheck | null;
}

/** Requests that a proxy call the provider with one output token. The console has no key and needs none for this. */
export async function startProviderCheck(actor: Actor, deps: ControlDeps): Promise<{ id: string }> {
  requirePermission(actor, "settings.change");
  const id = newId("chk");
  return mutate(actor, deps, async (tx, at) => {
    await askProviderCheck(tx, id, at);
    await recordAudit(tx, actor, { action: "provider.check", object: { kind: "provider", id } }, at);
    return { id };
  });
}

/** Reads the progress of the last check; null before the first one. */
export async function providerCheck(actor: Actor, deps: ControlDeps): Promise<{ check: ProviderCheckView | null }> {
  requirePermission(actor, "settings.read");
  const check = await readProviderCheck(deps.db);
  if (check === null) return { check: null };
  if (check.state === "done") return { check: { id: check.id, state: "done", result: check.result } };
  const isSilent = deps.now().getTime() - check.askedAtMs > silentAfterMs;
  return { check: { id: check.id, state: isSilent ? "silent" : "waiting", result: null } };
}
