import { performance } from "node:perf_hooks";
import type { Pool } from "pg";
import { postgresqlTypes } from "./postgresql-types.ts";
import { queryRows, type SqlSource, toText } from "./raw.ts";
import type { QuerySource, SqlParameter, SqlRow } from "./sql.ts";

/** How far a replica may be behind before reports are read from the database itself. */
const BEHIND_MS_MAX = 10_000;
const LOOK_EVERY_MS = 5_000;
/** Positions that are kept: some ten minutes. */
const POSITIONS_MAX = 120;
const TRIES_MAX = 5;
const TRY_AGAIN_MS = 50;
/** A replica that could not be asked is not asked again for so long. */
const REST_MS = 15_000;

/** Reports of a console that run at once; further ones wait. */
const CONNECTIONS_MAX = 8;
const CONNECT_MS = 3_000;
/** A copy that hangs must not hold a page for longer. */
const STATEMENT_MS = 10_000;

/** Where reports are read, for people: from the replica, or from the database itself, and why. `behindMs` null: since before it was looked at. */
export type ReplicaState =
  | { kind: "used"; behindMs: number }
  | { kind: "behind"; behindMs: number | null }
  | { kind: "away"; problem: string };

/**
 * Reads reports from a streaming copy of the PostgreSQL database. A copy that is away, too far behind, or gives up a
 * statement costs a report time, never an answer: it is read from the database itself.
 */
export class ReadReplica implements QuerySource {
  private current: ReplicaState = { kind: "behind", behindMs: null };
  /** What the database had written at an instant, the newest last. */
  private written: { atTick: number; position: bigint }[] = [];
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

  /**
   * How far the database has written, and how far the copy has applied. No clock of another machine is asked, and nothing that
   * a copy of other data could hold as well.
   */
  private async measure(): Promise<void> {
    try {
      const own = await readOwn(this.primary);
      this.written.push({ atTick: performance.now(), position: own.position });
      this.written.splice(0, this.written.length - POSITIONS_MAX);
      const applied = await this.readApplied(own);
      const known = this.written.findLast(({ position }) => position <= applied);
      const isLatest = known === this.written.at(-1);
      const behindMs = isLatest ? 0 : known === undefined ? null : Math.round(performance.now() - known.atTick);
      this.current =
        behindMs === null || behindMs > BEHIND_MS_MAX ? { kind: "behind", behindMs } : { kind: "used", behindMs };
    } catch (error) {
      this.failed(error);
    }
  }

  /** Waits a moment for what was written last: a copy that follows has it within milliseconds. */
  private async readApplied(own: Place): Promise<bigint> {
    for (let tries = 1; ; tries++) {
      const copy = await readCopy(this.copy);
      if (copy.place !== own.place) throw new Error("it is no copy of this database");
      if (copy.position >= own.position || tries === TRIES_MAX) return copy.position;
      await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
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

/**
 * Which database of which server, the same in every streaming copy, and a position in what it writes. A server that was once
 * copied and then went its own way differs in its timeline.
 */
interface Place {
  place: string;
  position: bigint;
}

const WHICH = `(SELECT "system_identifier" FROM pg_control_system()) || '/' ||
  (SELECT "timeline_id" FROM pg_control_checkpoint()) || '/' ||
  (SELECT "oid" FROM "pg_database" WHERE "datname" = current_database()) AS "place"`;

const readOwn = async (source: SqlSource): Promise<Place> =>
  placeOf(await queryRows(source, `SELECT ${WHICH}, pg_current_wal_lsn()::text AS "position"`));

/** Rejects for a server that follows no other: its data is not what the database writes. */
const readCopy = async (source: SqlSource): Promise<Place> =>
  placeOf(await queryRows(source, `SELECT ${WHICH}, pg_last_wal_replay_lsn()::text AS "position"`));

function placeOf([row]: readonly SqlRow[]): Place {
  if (row?.position == null) throw new Error("it is no streaming copy");
  const [high = "", low = ""] = toText(row.position).split("/");
  return { place: toText(row.place), position: (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`) };
}
