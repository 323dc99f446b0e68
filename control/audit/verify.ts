import { type AuditVerdict, verifyAudit } from "#store/audit.ts";
import type { ControlDeps } from "../deps.ts";

/** Verifies the hash chain of the log; names the first entry that was changed or follows a missing one. */
export const verifyAuditLog = (deps: ControlDeps): Promise<AuditVerdict> => verifyAudit(deps.db);
