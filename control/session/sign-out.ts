import type { Actor } from "#core/access/actor.ts";
import { updatePersonAndEndSessions } from "#store/people.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { mutate } from "../mutate.ts";

/** Ends every session of the actor. A cookie that was copied before is as dead as the one in the browser. */
export async function signOut(actor: Actor, deps: ControlDeps): Promise<void> {
  if (actor.kind !== "person") return;
  await mutate(deps, async (tx, at) => {
    await updatePersonAndEndSessions(tx, actor.id, {});
    await recordAudit(tx, actor, { action: "session.sign-out", object: { kind: "person", id: actor.id } }, at);
  });
}
