import { type AuditVerdict, verifyAudit } from "#store/audit.ts";
import type { ControlDeps } from "../deps.ts";

/** Walks the hash chain of the log and names the first entry that was changed or follows a missing one. */
export const verifyAuditLog = (deps: ControlDeps): Promise<AuditVerdict> => verifyAudit(deps.db);
