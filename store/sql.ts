export type SqlValue = string | number | bigint | null;

/** What a statement may be given: on PostgreSQL also a value as the server itself keeps it. */
export type SqlParameter = SqlValue | Uint8Array;

/** Row of a result. Integers of any width are bigint on both databases. */
export type SqlRow = Record<string, string | bigint | number | null>;

/** Where rows are read with plain SQL. */
export interface QuerySource {
  all(sql: string, values?: readonly SqlParameter[]): Promise<SqlRow[]>;
}

/**
 * One held connection with plain SQL, for the hot paths where Prisma costs ten times the CPU. Placeholders are `$1`,
 * `$2` … in the order in which they first appear, on both databases.
 */
export interface SqlConnection extends QuerySource {
  readonly dialect: "sqlite" | "postgresql";
  /** Several statements, without values. */
  script(sql: string): Promise<void>;
  /** Takes the write lock at once; commits with the result of `work`, rolls back when it throws. Not re-entrant. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /** Runs `work` on one snapshot, independent of concurrent writes. */
  snapshot<T>(work: () => Promise<T>): Promise<T>;
  /** Throws `DatabaseMissing` when the SQLite file was moved away or replaced since it was opened. */
  requireSameFile(): void;
  close(): Promise<void>;
}

/** Begins, works, commits; rolls back on failure. */
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
    // Some errors (a full disk) have rolled back already; the first error is the one to report.
    await all("ROLLBACK").catch(() => []);
    throw error;
  }
}
