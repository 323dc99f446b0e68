import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
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
/** Reports that take longer are read from the database itself. */
const STATEMENT_MS = 10_000;
/**
 * Time after which a statement may be slow, or the copy may hang. Another connection then asks, and has as long for its
 * answer.
 */
const PROBE_AFTER_MS = 1_000;

/**
 * Where reports are read, for people: from the replica, or from the database itself, and why. `behindMs` null: since
 * before it was looked at.
 */
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

  private probing: Promise<void> | null = null;

  private constructor(
    private readonly pool: Pool,
    private readonly probes: Pool,
    private readonly primary: SqlSource,
  ) {}

  /** Connects when the first report is read. `primary` is the database that `url` names a copy of. */
  static async open(url: string, primary: SqlSource): Promise<ReadReplica> {
    const { default: pg } = await import("pg");
    const common = { connectionString: url, keepAlive: true, allowExitOnIdle: true };
    const pool = new pg.Pool({
      ...common,
      max: CONNECTIONS_MAX,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: STATEMENT_MS,
      types: postgresqlTypes(pg.types),
    });
    const times = { connectionTimeoutMillis: PROBE_AFTER_MS, query_timeout: PROBE_AFTER_MS };
    // Apart from the reports, which may hold every connection.
    const probes = new pg.Pool({ ...common, ...times, max: 1 });
    // Without a listener a lost idle connection would end the process; the next statement opens another.
    for (const each of [pool, probes]) each.on("error", () => {});
    return new ReadReplica(pool, probes, primary);
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

  async close(): Promise<void> {
    await Promise.all([this.pool.end(), this.probes.end()]);
  }

  /** Rejects within seconds where the copy hangs, and never for a statement that is only slow. */
  private async ask(sql: string, values: readonly SqlParameter[] = []): Promise<SqlRow[]> {
    const client = await this.pool.connect();
    const answered = new AbortController();
    try {
      const answer = client.query<SqlRow>(sql, [...values]);
      answer.catch(() => {}); // once the copy hangs it is no longer waited for
      const { rows } = await Promise.race([answer, this.probe(answered.signal)]);
      client.release();
      return rows;
    } catch (error) {
      // Closes the connection: the statement may still be under way on it.
      client.release(true);
      throw error;
    } finally {
      answered.abort();
    }
  }

  /** Rejects once the copy answers nothing else either; else waits until `answered`. */
  private async probe(answered: AbortSignal): Promise<never> {
    for (;;) {
      await wait(PROBE_AFTER_MS, undefined, { signal: answered, ref: false });
      this.probing ??= this.probes
        .query("SELECT 1")
        .then(() => {})
        .finally(() => {
          this.probing = null;
        });
      await this.probing.catch((error: unknown) => {
        // A server that refuses one more connection has answered.
        if (SQL_STATE.test(String((error as { code?: unknown }).code))) return;
        throw new Error("it hangs: it took a statement and answers nothing");
      });
    }
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
  private async readApplied(own: WalPosition): Promise<bigint> {
    for (let tries = 1; ; tries++) {
      const copy = await readCopy(this.copy);
      if (copy.place !== own.place) throw new Error("it is no copy of this database");
      if (copy.position === null) throw new Error("it is the database itself: name a streaming copy of it");
      if (copy.position >= own.position || tries === TRIES_MAX) return copy.position;
      await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
    }
  }

  /**
   * Marks the copy as away after a failure. A statement that the copy gives up for a change that has to be applied is
   * no sign that it is away.
   */
  private failed(error: unknown): void {
    if ((error as { code?: unknown }).code === GIVEN_UP) return;
    this.awayTick = performance.now();
    this.current = { kind: "away", problem: error instanceof Error ? error.message : "it does not answer" };
  }
}

/** PostgreSQL's code of a statement that is in the way of replication. */
const GIVEN_UP = "40001";
/** The form of every code that PostgreSQL answers with. */
const SQL_STATE = /^(?=.*\d)[0-9A-Z]{5}$/;

/**
 * Which database of which server, the same in every streaming copy, and a position in what it writes. A server that was once
 * copied and then went its own way differs in its timeline.
 */
interface WalPosition<Position = bigint> {
  place: string;
  position: Position;
}

const WHICH = `(SELECT "system_identifier" FROM pg_control_system()) || '/' ||
  (SELECT "timeline_id" FROM pg_control_checkpoint()) || '/' ||
  (SELECT "oid" FROM "pg_database" WHERE "datname" = current_database()) AS "place"`;

async function readOwn(source: SqlSource): Promise<WalPosition> {
  const { place, position } = readWalPosition(
    await queryRows(source, `SELECT ${WHICH}, pg_current_wal_lsn()::text AS "position"`),
  );
  if (position === null) throw new Error("the database does not say how far it has written");
  return { place, position };
}

/** `position` null: a server that follows no other. */
const readCopy = async (source: SqlSource): Promise<WalPosition<bigint | null>> =>
  readWalPosition(await queryRows(source, `SELECT ${WHICH}, pg_last_wal_replay_lsn()::text AS "position"`));

function readWalPosition([row]: readonly SqlRow[]): WalPosition<bigint | null> {
  if (row === undefined) throw new Error("it does not say which database it is");
  const place = toText(row.place);
  if (row.position == null) return { place, position: null };
  const [high = "", low = ""] = toText(row.position).split("/");
  return { place, position: (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`) };
}
