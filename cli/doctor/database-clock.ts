import type { ProxySettings } from "#config/read-env.ts";
import { describeClockDifference } from "#control/clock-difference.ts";
import { readSharedClock } from "#store/database-clock.ts";
import { databaseKind } from "#store/database-url.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { type Finding, ok, skipped, warning } from "./finding.ts";

const SUBJECT = "database clock";
const DATABASE_WITHIN_MS = 5_000;

/**
 * Whether this machine and the database server agree on the time; nothing where the database is a file. Short because
 * each check of the doctor has a file.
 */
export async function checkDatabaseClock({ databaseUrl }: Pick<ProxySettings, "databaseUrl">): Promise<Finding[]> {
  if (databaseKind(databaseUrl) === "sqlite") return [];
  try {
    const connection = await openSqlConnection(databaseUrl, { timeoutMs: DATABASE_WITHIN_MS });
    const sharedMs = await readSharedClock(connection).finally(() => connection.close());
    const difference = describeClockDifference(Date.now(), sharedMs);
    if (difference === null) return [ok(SUBJECT, "agrees with this machine's to ten seconds")];
    return [warning(SUBJECT, difference, "set the clocks of all machines by NTP: requests are counted by them")];
  } catch {
    return [skipped(SUBJECT, "the database does not answer")];
  }
}
