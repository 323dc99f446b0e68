import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { addCachePurge } from "#store/cache-purges.ts";
import { personById } from "#store/people.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { mutate } from "../mutate.ts";

const nameField = z.string().min(1).max(256);

export const purgeInput = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("all") }),
  z.strictObject({ kind: z.literal("person"), personId: nameField }),
  z.strictObject({ kind: z.literal("model"), model: nameField }),
]);

/** Purges stored responses on every instance within its next poll, those in flight included. */
export async function purgeCache(actor: Actor, input: unknown, deps: ControlDeps): Promise<{ serial: number }> {
  requirePermission(actor, "cache.purge");
  const target = parseInput(purgeInput, input);
  return mutate(actor, deps, async (tx, at) => {
    const serial = await addCachePurge(tx, target, at);
    // The log is read by people, and outlives the person's row: it keeps the name beside the id.
    const person = target.kind === "person" ? await personById(tx, target.personId) : null;
    const after = person === null ? target : { ...target, person: person.name };
    await recordAudit(tx, actor, { action: "cache.purge", object: { kind: "cache", id: target.kind }, after }, at);
    return { serial };
  });
}
