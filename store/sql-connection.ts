import { databaseKind } from "./database-url.ts";

export type SqlValue = string | number | bigint | null;
/** Integers are bigint on both databases, whatever their width. */
export type SqlRow = Record<string, string | bigint | number | null>;

/**
 * One held connection with plain SQL, for the hot paths where Prisma costs ten times the CPU. Placeholders are `$1`, `$2`
 * … in the order in which they first appear, on both databases.
 */
export interface SqlConnection {
  readonly dialect: "sqlite" | "postgresql";
  all(sql: string, values?: readonly SqlValue[]): Promise<SqlRow[]>;
  /** Several statements, without values. */
  script(sql: string): Promise<void>;
  /** Takes the write lock at once; commits with what `work` returns, rolls back when it throws. Not re-entrant. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /** Reads of one moment, whatever others write meanwhile. */
  snapshot<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

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
  const integers = new Set<number>([pg.types.builtins.INT2, pg.types.builtins.INT4, pg.types.builtins.INT8]);
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: timeoutMs,
    // Slow is worse than dead: a server that hangs must not hold the ledger for ever.
    query_timeout: 30_000,
    keepAlive: true,
    types: {
      getTypeParser: (oid: number) => {
        if (integers.has(oid)) return (text: string) => BigInt(text);
        // Sums of bigints are numeric there.
        if (oid === pg.types.builtins.NUMERIC)
          return (text: string) => (text.includes(".") ? Number(text) : BigInt(text));
        // Instants are UTC without saying so; the driver would take them for local time.
        if (oid === pg.types.builtins.TIMESTAMP) return (text: string) => `${text.replace(" ", "T")}Z`;
        return pg.types.getTypeParser(oid, "text");
      },
    },
  });
  // Without a listener a lost server would end the process; the next statement fails by itself.
  client.on("error", () => {});
  await client.connect();
  let isHanging = false;
  const all = async (sql: string, values: readonly SqlValue[] = []): Promise<SqlRow[]> => {
    // Whatever is asked now would wait behind what was never answered, a ROLLBACK too.
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
    close: () => client.end(),
  };
}

/** Begins, works, commits; rolls back what failed. */
export async function transactionOn<T>(
  all: (sql: string) => Promise<SqlRow[]>,
  begin: string,
  work: () => Promise<T>,
): Promise<T> {
  await all(begin);
  try {
    const value = await work();
    await all("COMMIT");
    return value;
  } catch (error) {
    // Some errors (a full disk) have rolled back already; the first error is the one worth telling.
    await all("ROLLBACK").catch(() => []);
    throw error;
  }
}
