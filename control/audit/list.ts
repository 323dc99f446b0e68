import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import type { AuditRow } from "#store/audit.ts";
import { auditActors, listAudit, type AuditFilter as StoreFilter } from "#store/audit-list.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";

const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === "" ? undefined : value), schema.optional());

/** Filter of the log: the same in the page's address, the API and the export. */
export const auditFilter = z.object({
  /** An exact action (`rules.publish`), or a noun with all its verbs (`rules`). */
  action: optional(z.string().regex(/^[a-z-]+(\.[a-z-]+)?$/, "Example: rules.publish")),
  /** Id of a person, or `operator`, `file`, `system`. */
  actor: optional(z.string().max(64)),
  from: optional(z.iso.datetime({ offset: true, error: "Use ISO 8601, for example 2026-11-01T00:00:00Z" })),
  to: optional(z.iso.datetime({ offset: true, error: "Use ISO 8601, for example 2026-12-01T00:00:00Z" })),
});

export const auditPageInput = auditFilter.extend({
  before: optional(z.coerce.number().int().positive()),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export interface AuditEntryView {
  id: number;
  at: string;
  actor: { kind: string; id: string | null; name: string };
  /** Access token the actor used; null without one. */
  token: { id: string | null; name: string } | null;
  via: string;
  address: string | null;
  action: string;
  object: { kind: string; id: string } | null;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  hash: string;
}

export interface AuditPage {
  entries: AuditEntryView[];
  /** Pass as `before` to get the next page; null on the last one. */
  next: number | null;
}

/** One page of the log, newest first. */
export async function listAuditEntries(actor: Actor, input: unknown, deps: ControlDeps): Promise<AuditPage> {
  requirePermission(actor, "audit.read");
  const { limit, before, ...filter } = parseInput(auditPageInput, input);
  const rows = await listAudit(deps.db, { ...storeFilter(filter), beforeId: before }, limit + 1);
  const page = rows.slice(0, limit);
  return { entries: page.map(auditEntryView), next: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}

/** Lists the actors in the log, for the filter. */
export function listAuditActors(actor: Actor, deps: ControlDeps): Promise<{ id: string; name: string }[]> {
  requirePermission(actor, "audit.read");
  return auditActors(deps.db);
}

export function storeFilter(filter: z.output<typeof auditFilter>): StoreFilter {
  const { action, actor, from, to } = filter;
  return { action, actorId: actor, from: from ? new Date(from) : undefined, to: to ? new Date(to) : undefined };
}

/** One audit entry as the API carries it; times are ISO 8601 in UTC. */
export function auditEntryView(row: AuditRow): AuditEntryView {
  return {
    id: row.id,
    at: row.at.toISOString(),
    actor: { kind: row.actorKind, id: row.actorId, name: row.actorName },
    token: row.tokenName === null ? null : { id: row.tokenId, name: row.tokenName },
    via: row.via,
    address: row.address,
    action: row.action,
    object: row.objectKind && row.objectId ? { kind: row.objectKind, id: row.objectId } : null,
    before: jsonObject(row.before),
    after: jsonObject(row.after),
    hash: row.hash,
  };
}

function jsonObject(text: string | null): Record<string, unknown> | null {
  return text === null ? null : (JSON.parse(text) as Record<string, unknown>);
}
