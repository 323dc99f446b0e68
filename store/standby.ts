import type { SqlConnection } from "./sql.ts";

/**
 * Whether a connection leads to a standby: a server that follows another and takes no writes. Short because statements in the
 * database's language stay in this folder.
 */
export async function isStandby({ dialect, all }: Pick<SqlConnection, "dialect" | "all">): Promise<boolean> {
  if (dialect !== "postgresql") return false;
  const [row] = await all("SELECT CASE WHEN pg_is_in_recovery() THEN 1 ELSE 0 END AS standby");
  return Number(row?.standby) === 1;
}
