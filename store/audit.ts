import { createHash } from "node:crypto";
import type { Tx } from "./client.ts";
import type { Prisma } from "./generated/sqlite/client.ts";
import { queryRows, type SqlSource, toText } from "./raw.ts";
import { readSetting, settingKey, writeSetting } from "./settings.ts";
import { sqlInstant } from "./sql-instant.ts";

export type AuditRow = Prisma.AuditEntryModel;

interface NewAuditEntry {
  at: Date;
  actorKind: string;
  actorId: string | null;
  actorName: string;
  /** Access token the actor used; null or absent without one. */
  tokenId?: string | null;
  tokenName?: string | null;
  via: string;
  address: string | null;
  action: string;
  objectKind: string | null;
  objectId: string | null;
  /** JSON text of the state before and after; never a secret. */
  before: string | null;
  after: string | null;
}

/** Predecessor hash of the first entry. */
const genesis = "0".repeat(64);

/**
 * Appends to the log. Each entry holds the hash of the previous one, and the newest hash is stored separately, so
 * that `verifyAudit` notices a changed or removed entry, the last one too. Call it inside `inTransaction`, which
 * prevents two writers from naming the same predecessor.
 */
export async function appendAudit(tx: SqlSource, entry: NewAuditEntry): Promise<void> {
  const [last] = await queryRows(tx, "SELECT hash FROM audit_entry ORDER BY id DESC LIMIT 1");
  const prevHash = last === undefined ? genesis : toText(last.hash);
  const hash = auditHash(prevHash, entry);
  await queryRows(
    tx,
    `INSERT INTO audit_entry ("at", actor_kind, actor_id, actor_name, via, address, action, object_kind, object_id, "before", "after", prev_hash, hash, token_id, token_name)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
    [sqlInstant(entry.at), ...listFacts(entry), prevHash, hash, entry.tokenId ?? null, entry.tokenName ?? null],
  );
  await writeSetting(tx, settingKey.auditHead, hash, entry.at);
}

export type AuditVerdict =
  /** `head`: hash of the last entry. Kept elsewhere, it proves later that no entry up to it was changed. */
  | { ok: true; entries: number; head: string }
  /** First entry that does not fit; null when the newest entries are missing. The `entries` before it are sound. */
  | { ok: false; entries: number; brokenAtId: number | null };

/** Verifies the whole chain, oldest first, and names the first entry that does not fit. */
export async function verifyAudit(tx: Tx): Promise<AuditVerdict> {
  // Read first: entries added meanwhile come after it. Logs from before this record existed have none.
  const noted = await readSetting(tx, settingKey.auditHead);
  let hasMetNoted = noted === null;
  let prevHash = genesis;
  let entries = 0;
  let after = 0;
  for (;;) {
    const page = await tx.auditEntry.findMany({ where: { id: { gt: after } }, orderBy: { id: "asc" }, take: 500 });
    for (const row of page) {
      if (row.prevHash !== prevHash || row.hash !== auditHash(prevHash, row))
        return { ok: false, entries, brokenAtId: row.id };
      hasMetNoted ||= row.hash === noted;
      prevHash = row.hash;
      after = row.id;
      entries += 1;
    }
    if (page.length < 500) break;
  }
  return hasMetNoted ? { ok: true, entries, head: prevHash } : { ok: false, entries, brokenAtId: null };
}

/** Lists everything but the time, in the order of the columns. */
function listFacts(entry: NewAuditEntry): (string | null)[] {
  const { actorKind, actorId, actorName, via, address, action, objectKind, objectId, before, after } = entry;
  return [actorKind, actorId, actorName, via, address, action, objectKind, objectId, before, after];
}

/**
 * Hashes an audit entry as a list, not an object. The order of the fields is part of the hash, and no two entries have
 * the same text.
 */
function auditHash(prevHash: string, entry: NewAuditEntry): string {
  // Entries from before these columns existed have neither, and keep their hash.
  const { tokenId = null, tokenName = null } = entry;
  const token = tokenId === null && tokenName === null ? [] : [tokenId, tokenName];
  const fields = [entry.at.toISOString(), ...listFacts(entry), ...token];
  return createHash("sha256").update(prevHash).update(JSON.stringify(fields)).digest("hex");
}
