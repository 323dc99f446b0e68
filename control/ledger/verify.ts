import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { type AuditVerdict, verifyAudit } from "#store/audit.ts";
import type { SqlConnection } from "#store/sql.ts";
import { type LedgerVerdict, verifyLedger } from "#store/verify-ledger.ts";
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
  { connection, catalogue }: { connection: SqlConnection; catalogue: Catalogue },
  { db }: ControlDeps,
): Promise<RecordsVerdict> {
  requirePermission(actor, "ledger.verify");
  const ledger = await verifyLedger(connection, ...(await allPrices(catalogue, { db })));
  const audit = await verifyAudit(db);
  return { ok: ledger.ok && audit.ok, ledger, audit };
}
