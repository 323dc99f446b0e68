import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { deleteRuleDraft } from "#store/rule-drafts.ts";
import type { ControlDeps } from "../deps.ts";
import { personId } from "./save-draft.ts";

/** Deletes the actor's draft; no effect when there is none. */
export async function discardDraft(actor: Actor, deps: ControlDeps): Promise<void> {
  requirePermission(actor, "rules.draft");
  await deleteRuleDraft(deps.db, personId(actor));
}
