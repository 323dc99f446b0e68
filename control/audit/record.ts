import { databaseRefusal, isTableMissing } from "#control/database-away.ts";
import type { Actor } from "#core/access/actor.ts";
import { AppError } from "#core/errors.ts";
import { appendAudit } from "#store/audit.ts";
import type { SqlSource } from "#store/raw.ts";

interface AuditFact {
  /** Noun and verb: `rules.publish`, `team.invite`. */
  action: string;
  object?: { kind: string; id: string };
  /** State before and after the change. Never a secret, a hash or a prompt. */
  before?: Record<string, unknown> | null;
  after?: Record<string, unknown> | null;
}

/** Records a change in its own transaction: if the entry cannot be written, nothing is changed. */
export async function recordAudit(tx: SqlSource, actor: Actor, fact: AuditFact, at: Date): Promise<void> {
  try {
    await appendAudit(tx, {
      at,
      actorKind: actor.kind,
      actorId: actor.id,
      actorName: actor.name,
      tokenId: actor.kind === "person" ? (actor.token?.id ?? null) : null,
      tokenName: actor.kind === "person" ? (actor.token?.name ?? null) : null,
      via: actor.via,
      address: actor.address,
      action: fact.action,
      objectKind: fact.object?.kind ?? null,
      objectId: fact.object?.id ?? null,
      before: fact.before ? JSON.stringify(fact.before) : null,
      after: fact.after ? JSON.stringify(fact.after) : null,
    });
  } catch (error) {
    // The change itself was written a moment ago, in this transaction: only the log is not there.
    const refusal = isTableMissing(error) ? null : databaseRefusal(error);
    throw new AppError(refusal ?? "audit.unwritable", {
      reason: error instanceof Error ? error.name : "unknown",
    });
  }
}
