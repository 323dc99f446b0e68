import { databaseKind } from "./database-url.ts";
import { postgresqlTypes } from "./postgresql-types.ts";
import type { SqlConnection } from "./sql.ts";
import { type SqlParameter, type SqlRow, transactionOn } from "./sql.ts";

/** Opens the database an address names, which must be there: see `migrateDatabase`. `timeoutMs`: as in `openDatabase`. */
export async function openSqlConnection(
  url: string,
  { timeoutMs = 5000 }: { timeoutMs?: number } = {},
): Promise<SqlConnection> {
  if (databaseKind(url) === "postgresql") return openPostgresql(url, timeoutMs);
  const { openSqlite } = await import("./sqlite-connection.ts");
  return openSqlite(url, timeoutMs);
}

async function openPostgresql(url: string, timeoutMs: number): Promise<SqlConnection> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: timeoutMs,
    // Slow is worse than dead: a hanging server must not block the ledger for ever.
    query_timeout: 30_000,
    keepAlive: true,
    types: postgresqlTypes(pg.types),
  });
  // Without a listener a lost server would end the process; the next statement fails on its own.
  client.on("error", () => {});
  await client.connect();
  let isHanging = false;
  const all = async (sql: string, values: readonly SqlParameter[] = []): Promise<SqlRow[]> => {
    // Further statements, a ROLLBACK too, would queue behind the one without an answer.
    if (isHanging) throw new Error("The database has stopped answering.");
    try {
      return (await client.query<SqlRow>(sql, [...values])).rows;
    } catch (error) {
      if (error instanceof Error && error.message === "Query read timeout") isHanging = true;
      throw error;
    }
  };
  return {
    dialect: "postgresql",
    all,
    script: async (sql) => void (await client.query(sql)),
    transaction: (work) => transactionOn(all, "BEGIN", work),
    snapshot: (work) => transactionOn(all, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", work),
    requireSameFile: () => {},
    close: () => client.end(),
  };
}
