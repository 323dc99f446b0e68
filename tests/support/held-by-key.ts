import type { KeyLimits } from "#core/access/key-limits.ts";
import { buildHeldBy, type HeldBy, type LimitHolder } from "#core/access/limit-holder.ts";

/** The holders of a request; there is at least one. */
export function heldByAll(...holders: LimitHolder[]): HeldBy {
  const held = buildHeldBy(holders);
  if (held === null) throw new Error("nothing would be held");
  return held;
}

/** A request that the limits of its key alone apply to. */
export const heldByKey = (id: string, limits: KeyLimits): HeldBy => heldByAll({ kind: "key", id, limits });
