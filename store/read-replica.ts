import { performance } from "node:perf_hooks";
import type { Pool } from "pg";
import { postgresqlTypes } from "./postgresql-types.ts";
import { queryRows, type SqlSource, toText } from "./raw.ts";
import type { QuerySource, SqlParameter, SqlRow } from "./sql.ts";

/** How far a replica may be behind before reports are read from the database itself. */
const BEHIND_MS_MAX = 10_000;
const LOOK_EVERY_MS = 5_000;
/** A replica that could not be asked is not asked again for so long. */
const REST_MS = 15_000;

/** Reports of a console that run at once; further ones wait. */
const CONNECTIONS_MAX = 8;
const CONNECT_MS = 3_000;
/** A copy that hangs must not hold a page for longer. */
const STATEMENT_MS = 10_000;

/** Where reports are read, for people: from the replica, or from the database itself, and why. */
export type ReplicaState =
  | { kind: "used"; behindMs: number }
  | { kind: "behind"; behindMs: number }
  | { kind: "away"; problem: string };

/**
 * Reads reports from a streaming copy of the PostgreSQL database. A copy that is away, too far behind, or gives up a
 * statement costs a report time, never an answer: it is read from the database itself.
 */
export class ReadReplica implements QuerySource {
  private current: ReplicaState = { kind: "used", behindMs: 0 };
  private lookedTick = Number.NEGATIVE_INFINITY;
  private awayTick = Number.NEGATIVE_INFINITY;
  private looking: Promise<void> | null = null;
  private readonly copy: QuerySource = { all: (sql, values) => this.ask(sql, values) };

  private constructor(
    private readonly pool: Pool,
    private readonly primary: SqlSource,
  ) {}

  /** Connects when the first report is read. `primary` is the database that `url` names a copy of. */
  static async open(url: string, primary: SqlSource): Promise<ReadReplica> {
    const { default: pg } = await import("pg");
    const pool = new pg.Pool({
      connectionString: url,
      max: CONNECTIONS_MAX,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: STATEMENT_MS,
      keepAlive: true,
      allowExitOnIdle: true,
      types: postgresqlTypes(pg.types),
    });
    // Without a listener a lost idle connection would end the process; the next statement opens another.
    pool.on("error", () => {});
    return new ReadReplica(pool, primary);
  }

  async all(sql: string, values: readonly SqlParameter[] = []): Promise<SqlRow[]> {
    await this.look();
    if (this.current.kind === "used") {
      try {
        return await this.ask(sql, values);
      } catch (error) {
        this.failed(error);
      }
    }
    return queryRows(this.primary, sql, values);
  }

  /** Looks at the replica unless that was done a moment ago, and returns where reports are read. */
  async state(): Promise<ReplicaState> {
    await this.look();
    return this.current;
  }

  close(): Promise<void> {
    return this.pool.end();
  }

  private async ask(sql: string, values: readonly SqlParameter[] = []): Promise<SqlRow[]> {
    return (await this.pool.query<SqlRow>(sql, [...values])).rows;
  }

  private look(): Promise<void> {
    const now = performance.now();
    if (now - this.lookedTick < LOOK_EVERY_MS || now - this.awayTick < REST_MS) return Promise.resolve();
    this.looking ??= this.measure().finally(() => {
      this.looking = null;
      this.lookedTick = performance.now();
    });
    return this.looking;
  }

  /** Instances report every few seconds: how much older the newest report of the copy is, so much is it behind. */
  private async measure(): Promise<void> {
    try {
      const copied = await readMarks(this.copy);
      const own = await readMarks(this.primary);
      if (copied.firstPerson !== null && copied.firstPerson !== own.firstPerson)
        throw new Error("it is a copy of another installation");
      const behindMs = Math.max(0, own.lastSeenMs - copied.lastSeenMs);
      this.current = { kind: behindMs > BEHIND_MS_MAX ? "behind" : "used", behindMs };
    } catch (error) {
      this.failed(error);
    }
  }

  /** A statement that the copy gives up for a change that has to be applied is no sign that it is away. */
  private failed(error: unknown): void {
    if ((error as { code?: unknown }).code === GIVEN_UP) return;
    this.awayTick = performance.now();
    this.current = { kind: "away", problem: error instanceof Error ? error.message : "it does not answer" };
  }
}

/** PostgreSQL's code of a statement that is in the way of replication. */
const GIVEN_UP = "40001";

/** When an instance last reported itself, and who came first: by these an old copy is known, and a foreign one. */
async function readMarks(source: SqlSource): Promise<{ lastSeenMs: number; firstPerson: string | null }> {
  const [row] = await queryRows(
    source,
    `SELECT (SELECT MAX("seen_at") FROM "instance") AS "seenAt",
            (SELECT "id" FROM "person" ORDER BY "created_at", "id" LIMIT 1) AS "firstPerson"`,
  );
  return {
    lastSeenMs: row?.seenAt == null ? 0 : Date.parse(toText(row.seenAt)),
    firstPerson: row?.firstPerson == null ? null : toText(row.firstPerson),
  };
}
