import type { SqlConnection } from "./sql.ts";
import { sqlInstant } from "./sql-instant.ts";

/** What a running proxy says of itself. */
export interface InstanceReport {
  hostname: string;
  pid: number;
  startedAtMs: number;
  rulesVersion: number | null;
  rulesHash: string | null;
  /** The one message about a broken rules file that is being ignored; null while the rules are well. */
  rulesProblem: string | null;
  fileReadOnly: boolean;
}

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
      report.fileReadOnly ? 1 : 0, // PostgreSQL takes it for a boolean as well
    ],
  );
}

/** What an instance says of its response cache; nothing while it has not reported itself. */
export async function putCacheReport(connection: SqlConnection, id: string, report: string): Promise<void> {
  await connection.all("UPDATE instance SET cache_report = $1 WHERE id = $2", [report, id]);
}

/** Which requests an instance refused lately. */
export async function putArrivals(connection: SqlConnection, id: string, arrivals: string): Promise<void> {
  await connection.all("UPDATE instance SET arrivals = $1 WHERE id = $2", [arrivals, id]);
}

export async function removeInstance(connection: SqlConnection, id: string): Promise<void> {
  await connection.all("DELETE FROM instance WHERE id = $1", [id]);
}

/** Processes that died without a word. */
export async function removeInstancesSilentSince(connection: SqlConnection, before: Date): Promise<void> {
  await connection.all("DELETE FROM instance WHERE seen_at < $1", [sqlInstant(before)]);
}
