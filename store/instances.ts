import type { SqlConnection } from "./sql.ts";
import { sqlInstant } from "./sql-instant.ts";

/** Report of a running proxy on itself. */
export interface InstanceReport {
  hostname: string;
  pid: number;
  startedAtMs: number;
  rulesVersion: number | null;
  rulesHash: string | null;
  /** Message about a broken rules file that is being ignored; null while the rules are valid. */
  rulesProblem: string | null;
  fileReadOnly: boolean;
}

/** Writes an instance's report and the time it was seen, in place of the one before. */
export async function putInstance(
  connection: SqlConnection,
  id: string,
  report: InstanceReport,
  seenAt: Date,
): Promise<void> {
  await connection.all(
    `INSERT INTO instance (id, hostname, pid, started_at, seen_at, rules_version, rules_hash, rules_problem, file_read_only)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (id) DO UPDATE SET hostname = excluded.hostname, pid = excluded.pid, started_at = excluded.started_at,
       seen_at = excluded.seen_at, rules_version = excluded.rules_version, rules_hash = excluded.rules_hash,
       rules_problem = excluded.rules_problem, file_read_only = excluded.file_read_only`,
    [
      id,
      report.hostname,
      report.pid,
      sqlInstant(new Date(report.startedAtMs)),
      sqlInstant(seenAt),
      report.rulesVersion,
      report.rulesHash,
      report.rulesProblem,
      report.fileReadOnly ? 1 : 0, // PostgreSQL accepts it as a boolean as well
    ],
  );
}

/** Stores an instance's report on its response cache; no effect before its first own report. */
export async function putCacheReport(connection: SqlConnection, id: string, report: string): Promise<void> {
  await connection.all("UPDATE instance SET cache_report = $1 WHERE id = $2", [report, id]);
}

/** Stores what of an instance's records is not in the database yet; `oldestMs` null: nothing waits. */
export async function putWaiting(
  connection: SqlConnection,
  id: string,
  { bytes, oldestMs }: { bytes: number; oldestMs: number | null },
): Promise<void> {
  const oldest = oldestMs === null ? null : sqlInstant(new Date(oldestMs));
  await connection.all("UPDATE instance SET waiting_bytes = $1, oldest_waiting_at = $2 WHERE id = $3", [
    bytes,
    oldest,
    id,
  ]);
}

/** Stores the requests an instance refused recently. */
export async function putArrivals(connection: SqlConnection, id: string, arrivals: string): Promise<void> {
  await connection.all("UPDATE instance SET arrivals = $1 WHERE id = $2", [arrivals, id]);
}

export async function removeInstance(connection: SqlConnection, id: string): Promise<void> {
  await connection.all("DELETE FROM instance WHERE id = $1", [id]);
}

/**
 * Removes processes that died without signing off. One for which an alert fires stays until the alert gives it up: as if
 * signed off, it would be said to have ended.
 */
export async function removeInstancesSilentSince(connection: SqlConnection, before: Date): Promise<void> {
  await connection.all(
    `DELETE FROM instance WHERE seen_at < $1
       AND id NOT IN (SELECT subject FROM alert_memory WHERE firing_id IS NOT NULL)`,
    [sqlInstant(before)],
  );
}
