import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { attributions, parseAttribution } from "#core/access/attribution.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { setProxyKeyAttribution } from "#store/proxy-keys.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { mutate } from "../mutate.ts";
import { requireChangeableKey } from "./changeable-key.ts";
import { type ProxyKeyView, proxyKeyView } from "./proxy-key-view.ts";

const attributionInput = z.strictObject({ attribution: z.enum(attributions, "Choose locked or free.") });

/**
 * Locks a live key to its project and team, or lets its requests name others. Needs `keys.manage` and an issuer, also
 * for one's own key.
 */
export async function changeKeyAttribution(
  actor: Actor,
  id: string,
  input: unknown,
  deps: ControlDeps,
): Promise<{ key: ProxyKeyView }> {
  requirePermission(actor, "keys.manage");
  const { attribution } = parseInput(attributionInput, input);
  return mutate(actor, deps, async (tx, at) => {
    const old = await requireChangeableKey(tx, actor, id);
    if (parseAttribution(old.attribution) === attribution) return { key: proxyKeyView(old, at) };
    const row = await setProxyKeyAttribution(tx, id, attribution);
    const before = { name: old.name, attribution: parseAttribution(old.attribution) };
    const change = { before, after: { name: row.name, attribution } };
    await recordAudit(tx, actor, { action: "keys.change-attribution", object: { kind: "key", id }, ...change }, at);
    return { key: proxyKeyView(row, at) };
  });
}
