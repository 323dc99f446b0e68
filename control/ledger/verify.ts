import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { type AuditVerdict, verifyAudit } from "#store/audit.ts";
import type { SqlConnection } from "#store/sql.ts";
import { type LedgerVerdict, type VerifyProgress, verifyLedger } from "#store/verify-ledger.ts";
import type { ControlDeps } from "../deps.ts";
import { allPrices } from "../prices/price-catalogue.ts";

export interface RecordsVerdict {
  ok: boolean;
  ledger: LedgerVerdict;
  audit: AuditVerdict;
}

/**
 * Verifies that the shown numbers follow from the records: rollups, every amount, and the chain of the audit log.
 * Changes nothing.
 */
export async function verifyRecords(
  actor: Actor,
  {
    connection,
    catalogue,
    onProgress,
  }: { connection: SqlConnection; catalogue: Catalogue; onProgress?: VerifyProgress },
  { db }: ControlDeps,
): Promise<RecordsVerdict> {
  requirePermission(actor, "ledger.verify");
  const ledger = await verifyLedger(connection, await allPrices(catalogue, { db }), onProgress);
  const audit = await verifyAudit(db);
  return { ok: ledger.ok && audit.ok, ledger, audit };
}
