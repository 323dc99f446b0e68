import { readModelsText } from "#config/models-toml.ts";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { countBackupRows } from "#store/backup-write.ts";
import { toNumber } from "#store/raw.ts";
import { settingsOfPeople } from "#store/settings.ts";
import type { SqlConnection } from "#store/sql.ts";
import { sqlInstant } from "#store/sql-instant.ts";
import type { ControlDeps } from "../deps.ts";
import { findUse } from "./in-use.ts";
import { NewestRules } from "./rules-file-change.ts";
import type { ArchiveSource } from "./storage.ts";
import { readBackup, type VerifiedBackup } from "./verify.ts";

/** Rows of each table, of settings those that people set; and the requests that the totals count. */
interface Contents {
  rows: Readonly<Record<string, number>>;
  requests: number;
}

export interface RestorePreview {
  backup: VerifiedBackup;
  archived: Contents;
  /** What is there; null without a database. */
  now: Contents | null;
  /** What came after the backup and is not in it, without the audit log's entry of the backup itself. */
  lost: { auditEntries: number; ruleVersions: number[] };
  /** Why a restore would be refused now; null where CCO is stopped. */
  inUse: string | null;
  /** Text that the rules file would hold; null where it would stay as it is. */
  rulesText: string | null;
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
  let settings = 0;
  const newest = new NewestRules();
  const backup = await readBackup(file, async (table, rows) => {
    newest.look(table, rows);
    if (table === "rollup_quarter") for (const row of rows) requests += Number(row.requests);
    if (table === "setting") settings += rows.filter(({ key }) => settingsOfPeople.includes(String(key))).length;
  });
  const archived = { rows: { ...backup.manifest.rows, setting: settings }, requests };
  const nothing = { now: null, lost: { auditEntries: 0, ruleVersions: [] }, inUse: null, hasOtherPrices: false };
  const rulesText = newest.textAfter(backup);
  if (here === null) return { backup, archived, rulesText, ...nothing };
  const { connection, deps } = here;
  const prices = readModelsText(deps.config.modelsFile ?? undefined);
  return {
    backup,
    archived,
    rulesText,
    now: await countNow(connection),
    lost: await readLater(connection, backup),
    inUse: await findUse(connection, deps),
    hasOtherPrices: backup.prices !== null && prices !== backup.prices,
  };
}

async function countNow(connection: SqlConnection): Promise<Contents> {
  const places = settingsOfPeople.map((_, at) => `$${at + 1}`).join(", ");
  const [sum] = await connection.all("SELECT SUM(requests) AS requests FROM rollup_quarter");
  const [settings] = await connection.all(`SELECT COUNT(*) AS count FROM setting WHERE "key" IN (${places})`, [
    ...settingsOfPeople,
  ]);
  const rows = { ...(await countBackupRows(connection)), setting: toNumber(settings?.count) };
  return { rows, requests: toNumber(sum?.requests) };
}

async function readLater(
  connection: SqlConnection,
  { manifest, manifestHash }: VerifiedBackup,
): Promise<RestorePreview["lost"]> {
  const since = sqlInstant(new Date(manifest.createdAt));
  const [entries] = await connection.all(
    `SELECT COUNT(*) AS count FROM audit_entry
     WHERE "at" > $1 AND NOT ("action" = 'backup.make' AND COALESCE("after", '') LIKE $2)`,
    [since, `%"manifestHash":"${manifestHash}"%`],
  );
  const versions = await connection.all('SELECT "number" FROM rule_version WHERE published_at > $1 ORDER BY "number"', [
    since,
  ]);
  return { auditEntries: toNumber(entries?.count), ruleVersions: versions.map((row) => toNumber(row.number)) };
}
