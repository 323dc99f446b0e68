import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { setProxyKeyLimits, toKeyLimits } from "#store/proxy-keys.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { mutate } from "../mutate.ts";
import { namedFields, refuseStale, wasField } from "../seen-before.ts";
import { requireChangeableKey } from "./changeable-key.ts";
import { limitFields, pickLimits } from "./limits-input.ts";
import { type ProxyKeyView, proxyKeyView } from "./proxy-key-view.ts";

const limitNames = Object.keys(limitFields) as (keyof typeof limitFields)[];
const changeInput = z.strictObject({ ...limitFields, was: wasField(limitNames).optional() });

/**
 * Changes the limits of a live key that are named, null for none; the others stay. Every instance applies them within
 * its next poll. Needs `keys.manage` and an issuer, also for one's own key. Refused without a limit: a script that
 * means to change one must not remove the rest. With `was`, what the sender saw, `changed-meanwhile` is thrown when one
 * of these is another by now.
 */
export async function changeKeyLimits(
  actor: Actor,
  id: string,
  input: unknown,
  deps: ControlDeps,
): Promise<{ key: ProxyKeyView }> {
  requirePermission(actor, "keys.manage");
  const { was, ...limits } = parseInput(changeInput, input);
  const wanted = namedFields(pickLimits(limits), input);
  if (Object.keys(wanted).length === 0)
    throw new AppError("request.invalid", {}, "Name at least one limit; null removes it.");
  return mutate(actor, deps, async (tx, at) => {
    const old = await requireChangeableKey(tx, actor, id);
    const places = [{ action: "keys.change-limits", object: { kind: "key", id } }];
    await refuseStale(tx, { stored: toKeyLimits(old), was, wanted }, { what: `the limits of “${old.name}”`, places });
    const row = await setProxyKeyLimits(tx, id, { ...toKeyLimits(old), ...wanted });
    const change = { before: { name: old.name, ...toKeyLimits(old) }, after: { name: row.name, ...toKeyLimits(row) } };
    await recordAudit(tx, actor, { action: "keys.change-limits", object: { kind: "key", id }, ...change }, at);
    return { key: proxyKeyView(row, at) };
  });
}
