import { queryRows, type SqlSource } from "./raw.ts";
import { sqlInstant } from "./sql-instant.ts";

/** Keys that the ledger and the proxy themselves read or write. */
export const settingKey = {
  organisation: "organisation",
  reportingZone: "reporting-zone",
  /** sha256 of the rules file's text as last imported or written. A file with this hash was not edited by hand. */
  rulesFileHash: "rules.file-hash",
  /** sha256 of the price file's text as last imported. */
  pricesFileHash: "prices.file-hash",
  /** Zone for which `rollup_day` is built at this moment. */
  dayZone: "rollups.day-zone",
  /** JSON of `DaysChange` while `rollup_day` is being built for another zone. */
  daysChange: "rollups.days-change",
  /** Instant of the backup whose sums are the opening balance, ISO 8601; not set without one. */
  opening: "ledger.opening",
  /** First UTC day of which no event has been archived, "2026-10-03"; empty or not set while nothing is. */
  archivedBefore: "archive.before",
  /**
   * Instants of the newest look for events to archive, ISO 8601. One is of the newest look that was begun, the other of
   * the newest that was done.
   */
  retentionBegun: "retention.begun",
  retentionDone: "retention.done",
  /** Instants at which the newest scheduled backup was begun, and the newest of those that were made, ISO 8601. */
  backupBegun: "backup.begun",
  backupDone: "backup.done",
  /** When the newest backup was made that is known to be there, epoch milliseconds. */
  backupLast: "backup.last",
  /** Hash of the newest audit entry: without it, missing last entries would go unnoticed. */
  auditHead: "audit.head",
  /** JSON of `CachePurges`. */
  cachePurges: "cache.purges",
  /** JSON of `IssuingPolicy`: who may issue which proxy keys. */
  issuingPolicy: "keys.issuing-policy",
  /** Instant of the last look at the alerts, by any instance, ISO 8601. */
  alertsLooked: "alerts.looked",
  /** JSON of `FiguresOfNow`: what fires, with its figures at the last look. */
  alertsFigures: "alerts.figures",
  /** JSON of `ProviderCheckState`: the last requested check of the provider. */
  providerCheck: "provider.check",
} as const;

/** Those that people set. The others are what CCO keeps for itself: a restore that brings back an earlier one is no loss. */
export const settingsOfPeople: readonly string[] = [
  settingKey.organisation,
  settingKey.reportingZone,
  settingKey.issuingPolicy,
];

/** Reads the text of a setting; null when it was never set. */
export async function readSetting(source: SqlSource, key: string): Promise<string | null> {
  const [row] = await queryRows(source, 'SELECT "value" FROM setting WHERE "key" = $1', [key]);
  if (row === undefined) return null;
  const value: unknown = JSON.parse(String(row.value));
  return typeof value === "string" ? value : String(row.value);
}

/** Writes a setting. Settings that instances act upon need a `bumpRevision` in the same transaction. */
export async function writeSetting(source: SqlSource, key: string, text: string, at: Date): Promise<void> {
  await queryRows(
    source,
    `INSERT INTO setting ("key", "value", "updated_at") VALUES ($1, $2, $3)
     ON CONFLICT ("key") DO UPDATE SET "value" = excluded."value", "updated_at" = excluded."updated_at"`,
    [key, JSON.stringify(text), sqlInstant(at)],
  );
}
