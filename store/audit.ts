import { createHash } from "node:crypto";
import type { Tx } from "./transaction.ts";

export interface AuditFields {
  at: Date;
  actorKind: string;
  actorId: string | null;
  actorName: string;
  via: string;
  address: string | null;
  action: string;
  objectKind: string | null;
  objectId: string | null;
  /** JSON text. */
  before: string | null;
  after: string | null;
}

export interface AuditRow extends AuditFields {
  id: number;
  prevHash: string;
  hash: string;
}

/** What the first entry names as the one before it. */
const genesis = "0".repeat(64);

/**
 * Appends an entry that holds the hash of the one before it, so that none can be changed or taken out unnoticed.
 * Call inside `inTransaction`: two entries must not follow the same one.
 */
export async function appendAudit(tx: Tx, fields: AuditFields): Promise<AuditRow> {
  const last = await tx.auditEntry.findFirst({ orderBy: { id: "desc" }, select: { hash: true } });
  const prevHash = last?.hash ?? genesis;
  return tx.auditEntry.create({ data: { ...fields, prevHash, hash: auditHash(fields, prevHash) } });
}

/** The hash an entry must have after the one before it. */
export function auditHash(fields: AuditFields, prevHash: string): string {
  const { at, actorKind, actorId, actorName, via, address, action, objectKind, objectId, before, after } = fields;
  const content = [at.toISOString(), actorKind, actorId, actorName, via, address, action, objectKind, objectId];
  return createHash("sha256")
    .update(JSON.stringify([prevHash, ...content, before, after]))
    .digest("hex");
}

export interface AuditFilter {
  /** Exact action (`rules.publish`) or a noun with all its verbs (`rules`). */
  action?: string;
  actorId?: string;
  from?: Date;
  /** Exclusive. */
  to?: Date;
  /** Only entries older than this id: the page after it. */
  beforeId?: number;
}

/** Entries newest first, by key. */
export function listAudit(tx: Tx, filter: AuditFilter, limit: number): Promise<AuditRow[]> {
  const { action, actorId, from, to, beforeId } = filter;
  return tx.auditEntry.findMany({
    where: {
      ...(action ? (action.includes(".") ? { action } : { action: { startsWith: `${action}.` } }) : {}),
      ...(actorId ? { actorId } : {}),
      ...(from || to ? { at: { ...(from ? { gte: from } : {}), ...(to ? { lt: to } : {}) } } : {}),
      ...(beforeId ? { id: { lt: beforeId } } : {}),
    },
    orderBy: { id: "desc" },
    take: limit,
  });
}

/** Walks the whole chain, oldest first; answers the id of the first entry that does not fit, or null when all do. */
export async function firstBrokenAudit(tx: Tx): Promise<number | null> {
  let prevHash = genesis;
  let afterId = 0;
  for (;;) {
    const rows = await tx.auditEntry.findMany({ where: { id: { gt: afterId } }, orderBy: { id: "asc" }, take: 500 });
    for (const row of rows) {
      if (row.prevHash !== prevHash || row.hash !== auditHash(row, prevHash)) return row.id;
      prevHash = row.hash;
      afterId = row.id;
    }
    if (rows.length < 500) return null;
  }
}
