import type { AuditRow } from "./audit.ts";
import type { Tx } from "./client.ts";

export interface AuditFilter {
  /** An exact action (`rules.publish`), or a noun with all its verbs (`rules`). */
  action?: string;
  actorId?: string;
  from?: Date;
  /** Exclusive. */
  to?: Date;
  /** Only entries older than this id: the page after it. */
  beforeId?: number;
}

/** Lists entries newest first, paged by key. */
export function listAudit(tx: Tx, filter: AuditFilter, limit: number): Promise<AuditRow[]> {
  const { action, actorId, from, to, beforeId } = filter;
  return tx.auditEntry.findMany({
    where: {
      ...(action ? { action: action.includes(".") ? action : { startsWith: `${action}.` } } : {}),
      ...(actorId ? { actorId } : {}),
      ...(from || to ? { at: { ...(from ? { gte: from } : {}), ...(to ? { lt: to } : {}) } } : {}),
      ...(beforeId ? { id: { lt: beforeId } } : {}),
    },
    orderBy: { id: "desc" },
    take: limit,
  });
}

/** Lists the actors in the log, for the filter: newest name of each id. */
export async function auditActors(tx: Tx): Promise<{ id: string; name: string }[]> {
  const rows = await tx.auditEntry.groupBy({
    by: ["actorId", "actorName"],
    _max: { id: true },
    orderBy: { _max: { id: "desc" } },
    take: 500,
  });
  const names = new Map<string, string>();
  for (const row of rows) if (row.actorId && !names.has(row.actorId)) names.set(row.actorId, row.actorName);
  return [...names].map(([id, name]) => ({ id, name }));
}

/** What an entry is about: an action, and its object where one action has many. */
export interface AuditedTarget {
  action: string;
  object?: { kind: string; id: string };
}

/** Lists the newest entries about these, newest first, with the state before and after as JSON text. */
export const listLatestAudit = (tx: Tx, places: readonly AuditedTarget[], limit: number) =>
  tx.auditEntry.findMany({
    where: {
      OR: places.map(({ action, object }) => ({
        action,
        ...(object && { objectKind: object.kind, objectId: object.id }),
      })),
    },
    orderBy: { id: "desc" },
    take: limit,
    select: { action: true, actorName: true, at: true, before: true, after: true },
  });
