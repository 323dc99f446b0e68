import { performance } from "node:perf_hooks";
import { isKnownZone } from "#core/time/instant.ts";
import { readDatabaseSize } from "#store/database-size.ts";
import { dayZone, isLockTimeout, stepDays } from "#store/days-change.ts";
import { readLastBackupMs } from "#store/last-backup.ts";
import type { SqlConnection } from "#store/sql.ts";
import type { LedgerEvent } from "../messages.ts";
import { StatsMirror } from "./stats-mirror.ts";

/**
 * Limits for reloading the rollups, to which other instances add as well. Their figures are seen as soon as a reload
 * takes no more than a part of 200 of the thread's time.
 */
const RELOAD_AFTER_MS = 2_000;
const REST_TIMES = 200;
const RELOAD_AFTER_MAX_MS = 60_000;
const SEND_EVERY_MS = 250;

/** The statistics in memory, kept up with the rollups, and the zone whose days they go by. */
export class StatsSync {
  /** In force: what the days of the rollup and everything shown go by. */
  zone = "UTC";
  /** Null: not looked at since the connection was opened. */
  private wantedZone: string | null = null;
  private mirror: StatsMirror | null = null;
  private databaseBytes: number | null = null;
  private lastBackupMs: number | null = null;
  private hasNews = true;
  private sentTick = Number.NEGATIVE_INFINITY;
  private loadedTick = 0;
  private tookMs = 0;

  /** `chosenZone`: the one the days should go by, perhaps a name that this machine does not know. */
  constructor(
    private readonly chosenZone: () => string,
    private readonly post: (message: LedgerEvent) => void,
  ) {}

  /** Reads the zone in force, before anything else is known. */
  async readZone(connection: SqlConnection): Promise<void> {
    this.zone = await dayZone(connection, false);
  }

  /** Reads everything from a connection that was just opened. */
  async load(connection: SqlConnection): Promise<void> {
    this.wantedZone = null;
    await this.stepDays(connection);
    await this.reload(connection);
  }

  /** Adds rows that were really inserted. */
  add(quarters: Parameters<StatsMirror["add"]>[0]): void {
    if (this.mirror?.add(quarters)) this.hasNews = true;
  }

  /** Goes on with a change of the zone; the statistics follow when it is complete. */
  async followZone(connection: SqlConnection): Promise<void> {
    await this.stepDays(connection);
    if (this.zone !== this.mirror?.zone) await this.reload(connection);
  }

  /** Reads the rollups again when it is time: other instances add to them. */
  async poll(connection: SqlConnection): Promise<void> {
    const restMs = Math.min(RELOAD_AFTER_MAX_MS, Math.max(RELOAD_AFTER_MS, this.tookMs * REST_TIMES));
    if (performance.now() - this.loadedTick <= restMs) return;
    // Another instance may have switched, or switched back.
    await this.readZone(connection);
    await this.reload(connection);
  }

  /** Sends the figures when they have changed and it is time. */
  send(): void {
    const tick = performance.now();
    if (this.mirror === null || !this.hasNews || tick - this.sentTick < SEND_EVERY_MS) return;
    this.hasNews = false;
    this.sentTick = tick;
    const { databaseBytes, lastBackupMs } = this;
    this.post({ kind: "stats", stats: { ...this.mirror.snapshot(Date.now()), databaseBytes, lastBackupMs } });
  }

  private async reload(connection: SqlConnection): Promise<void> {
    const tick = performance.now();
    this.loadedTick = tick;
    this.hasNews = true;
    this.databaseBytes = (await readDatabaseSize(connection, connection.dialect)).bytes;
    this.lastBackupMs = await readLastBackupMs(connection);
    this.mirror = await StatsMirror.load(connection, this.zone, Date.now());
    this.loadedTick = performance.now();
    this.tookMs = this.loadedTick - tick;
  }

  /**
   * Takes one short step towards the days of the chosen zone. Until they are complete the zone before stays in force.
   */
  private async stepDays(connection: SqlConnection): Promise<void> {
    const chosen = this.chosenZone();
    const wanted = isKnownZone(chosen) ? chosen : "UTC";
    if (wanted === this.wantedZone && wanted === this.zone) return;
    try {
      this.zone = (await stepDays(connection, wanted, new Date())).zone;
    } catch (error) {
      // A long read holds the table at this moment: the next step tries again.
      if (!isLockTimeout(error)) throw error;
    }
    this.wantedZone = wanted;
  }
}
