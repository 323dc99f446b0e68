import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { bumpRevision } from "#store/revision.ts";
import { deleteRuleDraft, findRuleDraft, NO_HEADER_NAMES } from "#store/rule-drafts.ts";
import { inTransaction } from "#store/transaction.ts";
import type { ControlDeps } from "../deps.ts";
import { personId } from "./save-draft.ts";

/** Deletes the actor's draft; no effect when there is none. */
export async function discardDraft(actor: Actor, deps: ControlDeps): Promise<void> {
  requirePermission(actor, "rules.draft");
  await endDraft(personId(actor), deps);
}

/**
 * Deletes a person's draft; with a text, only if the draft still is that text. The headers that it alone names are not
 * recorded any more.
 */
export async function endDraft(id: string, deps: ControlDeps, toml?: string): Promise<void> {
  const draft = await findRuleDraft(deps.db, id);
  if (draft === null) return;
  await inTransaction(deps.db, async (tx) => {
    const isDeleted = await deleteRuleDraft(tx, id, toml);
    if (isDeleted && draft.headerNames !== NO_HEADER_NAMES) await bumpRevision(tx);
  });
}
