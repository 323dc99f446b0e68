import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { keyLimitsOf, setProxyKeyLimits } from "#store/proxy-keys.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { mutate } from "../mutate.ts";
import { requireChangeableKey } from "./changeable-key.ts";
import { limitsInput } from "./limits-input.ts";
import { type ProxyKeyView, proxyKeyView } from "./proxy-key-view.ts";

/**
 * Changes the limits of a live key that are named, null for none; the others stay. Every instance applies them within its next
 * poll. Needs `keys.manage` and an issuer, also for one's own key. Refused without a limit: a script that means to change one must
 * not remove the rest.
 */
export async function changeKeyLimits(
  actor: Actor,
  id: string,
  input: unknown,
  deps: ControlDeps,
): Promise<{ key: ProxyKeyView }> {
  requirePermission(actor, "keys.manage");
  const limits = parseInput(limitsInput, input);
  const named = Object.entries(limits).filter(([name]) => (input as Record<string, unknown>)[name] !== undefined);
  if (named.length === 0) throw new AppError("request.invalid", {}, "Name at least one limit; null removes it.");
  return mutate(actor, deps, async (tx, at) => {
    const old = await requireChangeableKey(tx, actor, id);
    const row = await setProxyKeyLimits(tx, id, { ...keyLimitsOf(old), ...Object.fromEntries(named) });
    const change = { before: { name: old.name, ...keyLimitsOf(old) }, after: { name: row.name, ...keyLimitsOf(row) } };
    await recordAudit(tx, actor, { action: "keys.change-limits", object: { kind: "key", id }, ...change }, at);
    return { key: proxyKeyView(row, at) };
  });
}
