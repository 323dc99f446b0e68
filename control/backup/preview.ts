import { readModelsText } from "#config/models-toml.ts";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { countBackupRows } from "#store/backup-write.ts";
import { toNumber } from "#store/raw.ts";
import type { SqlConnection } from "#store/sql.ts";
import { sqlInstant } from "#store/sql-instant.ts";
import type { ControlDeps } from "../deps.ts";
import type { ArchiveSource } from "./place.ts";
import { findUse } from "./restore.ts";
import { readBackup, type VerifiedBackup } from "./verify.ts";

/** Rows of each table, and the requests that the totals count. */
interface Contents {
  rows: Readonly<Record<string, number>>;
  requests: number;
}

export interface RestorePreview {
  backup: VerifiedBackup;
  archived: Contents;
  /** What is there; null without a database. */
  now: Contents | null;
  /** What came after the backup and is not in it. */
  lost: { auditEntries: number; ruleVersions: number[] };
  /** Why a restore would be refused now; null where CCO is stopped. */
  inUse: string | null;
  /** Prices in force differ from those of the archive, which a restore does not change. */
  hasOtherPrices: boolean;
}

/** Says what a restore would change, and changes nothing. Throws as `verifyBackup`. `here` is null without a database. */
export async function previewRestore(
  actor: Actor,
  file: string | ArchiveSource,
  here: { connection: SqlConnection; deps: ControlDeps } | null,
): Promise<RestorePreview> {
  requirePermission(actor, "backup.restore");
  let requests = 0;
  const backup = await readBackup(file, async (table, rows) => {
    if (table === "rollup_quarter") for (const row of rows) requests += Number(row.requests);
  });
  const archived = { rows: backup.manifest.rows, requests };
  const nothing = { now: null, lost: { auditEntries: 0, ruleVersions: [] }, inUse: null, hasOtherPrices: false };
  if (here === null) return { backup, archived, ...nothing };
  const { connection, deps } = here;
  const prices = readModelsText(deps.config.modelsFile ?? undefined);
  return {
    backup,
    archived,
    now: { rows: await countBackupRows(connection), requests: await countRequests(connection) },
    lost: await readLater(connection, new Date(backup.manifest.createdAt)),
    inUse: await findUse(connection, deps),
    hasOtherPrices: backup.prices !== null && prices !== backup.prices,
  };
}

async function countRequests(connection: SqlConnection): Promise<number> {
  const [row] = await connection.all("SELECT SUM(requests) AS requests FROM rollup_quarter");
  return toNumber(row?.requests);
}

async function readLater(connection: SqlConnection, since: Date): Promise<RestorePreview["lost"]> {
  const [entries] = await connection.all('SELECT COUNT(*) AS count FROM audit_entry WHERE "at" > $1', [
    sqlInstant(since),
  ]);
  const versions = await connection.all('SELECT "number" FROM rule_version WHERE published_at > $1 ORDER BY "number"', [
    sqlInstant(since),
  ]);
  return { auditEntries: toNumber(entries?.count), ruleVersions: versions.map((row) => toNumber(row.number)) };
}
