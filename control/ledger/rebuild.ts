import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { rebuildRollupRows } from "#store/ledger-writes.ts";
import type { SqlConnection } from "#store/sql.ts";
import { inControlTransaction } from "#store/transaction.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";

/**
 * Rebuilds both rollups from the events in one transaction, with an audit entry. Traffic continues; its events wait
 * in the spool.
 */
export async function rebuildLedger(
  actor: Actor,
  { connection }: { connection: SqlConnection },
  { now }: ControlDeps,
): Promise<void> {
  requirePermission(actor, "ledger.rebuild");
  const at = now();
  await inControlTransaction(connection, async () => {
    await rebuildRollupRows(connection, at);
    await recordAudit(connection, actor, { action: "ledger.rebuild" }, at);
  });
}
