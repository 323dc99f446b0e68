import type { Env } from "#config/env-values.ts";
import { readConsoleEnv } from "#config/read-console-env.ts";
import { formatCounted } from "#core/report/plural.ts";
import { openDatabase } from "#store/client.ts";
import { ReadReplica, type ReplicaState } from "#store/read-replica.ts";
import { type Finding, ok, skipped, warning } from "./finding.ts";

const DATABASE_WITHIN_MS = 5_000;
const SUBJECT = "read replica";

/** Whether reports can be read from the copy that the environment names; nothing where it names none. */
export async function checkReplica(env: Env): Promise<Finding[]> {
  const { databaseUrl, readDatabaseUrl } = readConsoleEnv(env);
  if (!readDatabaseUrl) return [];
  try {
    const db = await openDatabase(databaseUrl, { timeoutMs: DATABASE_WITHIN_MS });
    const replica = await ReadReplica.open(readDatabaseUrl, db);
    const state = await replica.state().finally(() => Promise.all([replica.close(), db.$disconnect()]));
    return [toFinding(state)];
  } catch {
    return [skipped(SUBJECT, "the database does not answer")];
  }
}

function toFinding(state: ReplicaState): Finding {
  const fix = "reports are read from the database meanwhile; see CCO_READ_DATABASE_URL";
  if (state.kind === "away") return warning(SUBJECT, state.problem, fix);
  const behind =
    state.behindMs === null
      ? "has not caught up with the database"
      : `${formatCounted(Math.round(state.behindMs / 1000), "second")} behind`;
  return state.kind === "used" ? ok(SUBJECT, `answers, ${behind}`) : warning(SUBJECT, behind, fix);
}
