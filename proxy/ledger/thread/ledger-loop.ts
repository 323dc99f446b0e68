// Long because the order of one round is its point. Every step, and what it leaves for the next, is read here.

import { existsSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";
import { loadCatalogue } from "#config/models-toml.ts";
import { buildPricedCatalogue } from "#config/priced-catalogue.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { CutDays } from "#store/cut-days.ts";
import { type DatabaseFault, describeDatabaseFault } from "#store/database-fault.ts";
import { DatabaseMissing } from "#store/database-missing.ts";
import { databaseKind } from "#store/database-url.ts";
import { removeInstance } from "#store/instances.ts";
import { MigrationError, migrateDatabase } from "#store/migrate.ts";
import { OlderEvents } from "#store/older-events.ts";
import type { SqlConnection } from "#store/sql.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { StateKeeper } from "../client/kept-state.ts";
import type { LedgerCommand, LedgerEvent, LeftBehind, WorkerSettings } from "../messages.ts";
import { ActiveSpools } from "./active-spools.ts";
import { BadRecords } from "./bad-records.ts";
import type { Draining } from "./batch-reader.ts";
import { BudgetSync } from "./budget-sync.ts";
import { CommandQueue } from "./command-queue.ts";
import { commitEvents } from "./commit-events.ts";
import { ControlSync } from "./control-sync.ts";
import { DatabaseStallDetector } from "./database-stall-detector.ts";
import { type Commit, type Heir, OrphanedSpools } from "./orphaned-spools.ts";
import { PinSync } from "./pin-sync.ts";
import { readLines } from "./segment-reader.ts";
import { SpoolProgress } from "./spool-progress.ts";
import { StatsSync } from "./stats-sync.ts";
import { readWaiting } from "./waiting-spools.ts";

const BATCH_EVENTS = 2000;
/** Short: what is written in one go takes its time from the requests on the same processor. */
const LOOK_EVERY_MS = 100;
const OWNERS_EVERY_MS = 30_000;
/** How long a stop goes on trying after a failure. */
const STOP_WHILE_AWAY_MS = 1_000;
const CLOSE_WITHIN_MS = 1000;
const BACK_OFF_MAX_MS = 5_000;
/** While a process that ends waits for what only its memory holds. */
const BACK_OFF_MAX_AWAITED_MS = 250;

type Held = Extract<LedgerCommand, { kind: "held" }>;

/**
 * Does everything of this process that touches the database, one step after the other, away from the requests. The
 * steps are spool to events and rollups, changes from the console to the proxy, and signs of life back. In every state
 * of the database (locked, gone, full) the loop tries again. Meanwhile the spool grows and nothing is lost.
 */
export class LedgerLoop {
  private readonly living: ActiveSpools;
  private readonly dead: OrphanedSpools;
  private readonly bad: BadRecords;
  private readonly control: ControlSync;
  private readonly pins: PinSync;
  private readonly budgets: BudgetSync;
  private readonly older = new OlderEvents();
  private readonly cuts = new CutDays();
  private readonly commands = new CommandQueue();
  private readonly stats: StatsSync;
  private opened: SqlConnection | null = null;
  private list: Catalogue | null = null;
  private priced: { number: number; catalogue: Catalogue } | null = null;
  private isMigrated = false;
  private isReady = false;
  private problem: string | null = null;
  private problemSinceMs = 0;
  private readonly post: (message: LedgerEvent) => void;
  /**
   * Messages held back until the first sums are posted: the state, and that it is confirmed. A budget that is known
   * before what was spent of it would admit every request. Kept keys that something confirms would outlive their day.
   */
  private heldBack: Map<LedgerEvent["kind"], LedgerEvent> | null = new Map();
  private readonly keeper: StateKeeper | null;
  private readonly progress: SpoolProgress;
  private backOffMs = 0;
  private isAwaited = false;
  /** These are of the monotonic clock: when the wall clock jumps, nothing waits for an hour. */
  private stopAtTick: number | null = null;
  private ownersTick = Number.NEGATIVE_INFINITY;
  private readonly silence = new DatabaseStallDetector((text) =>
    this.reportFault({ text, isAway: databaseKind(this.settings.databaseUrl) === "postgresql" }),
  );
  private leftSaid: LeftBehind | null = null;
  private awake = new AbortController();

  constructor(
    private readonly settings: WorkerSettings,
    post: (message: LedgerEvent) => void,
  ) {
    const { kept = null } = settings;
    const keeper = kept === null ? null : new StateKeeper(kept);
    this.post = (message) => {
      post(message);
      keeper?.note(message);
    };
    this.living = new ActiveSpools(settings.spoolDir, BATCH_EVENTS);
    this.living.join(settings.instanceId);
    this.bad = new BadRecords(settings.spoolDir);
    this.keeper = keeper;
    this.progress = new SpoolProgress(settings.spoolDir, keeper?.reach ?? []);
    this.control = new ControlSync(settings, (message) => this.postOrHold(message));
    this.pins = new PinSync(this.post);
    this.budgets = new BudgetSync(this.post);
    this.stats = new StatsSync(() => this.control.reportingZone, this.post);
    this.dead = new OrphanedSpools(
      settings.spoolDir,
      (instance) => this.living.has(instance),
      () => this.models(),
    );
  }

  receive(message: LedgerCommand): void {
    if (message.kind === "stop") this.stopAtTick = performance.now() + message.withinMs;
    else this.commands.add(message);
    if (message.kind === "held" && message.isLast) this.isAwaited = true;
    this.awake.abort();
  }

  private readonly reach = () => this.progress.with([...this.living.reached, ...this.dead.reached]);

  /** Resolves when stopped, or when this database can never be used. */
  async run(): Promise<void> {
    while (this.stopAtTick === null || performance.now() < this.stopAtTick) {
      this.sayLeftBehind();
      this.silence.asked();
      try {
        const connection = await this.open();
        const hasMore = await this.round(connection);
        this.silence.answered();
        this.reportFault(null);
        this.backOffMs = 0;
        this.isAwaited = false;
        if (hasMore) continue;
        if (this.stopAtTick !== null) {
          await this.finish(connection);
          break;
        }
        await this.sleep(LOOK_EVERY_MS);
      } catch (error) {
        this.silence.answered();
        if (error instanceof MigrationError && error.code !== "failed") {
          this.post({ kind: "unusable", code: error.code, message: error.message });
          break;
        }
        this.reportFault(describeDatabaseFault(error, this.settings.databaseUrl));
        // What comes back may be another file, or a restored one of an older release.
        this.isMigrated = false;
        if (error instanceof DatabaseMissing) this.control.forget();
        // A stop does not wait for a database that is away: the spool keeps everything for the next start.
        if (this.stopAtTick !== null)
          this.stopAtTick = Math.min(this.stopAtTick, performance.now() + STOP_WHILE_AWAY_MS);
        await this.close();
        this.backOffMs = Math.min(
          this.isAwaited ? BACK_OFF_MAX_AWAITED_MS : BACK_OFF_MAX_MS,
          Math.max(100, this.backOffMs * 2),
        );
        await this.sleep(this.backOffMs);
      }
    }
    this.silence.stop();
    this.dead.release();
    await this.close();
    this.post({ kind: "stopped" });
  }

  /** Connections, state and statistics; all of it is opened again after a failure. */
  private async open(): Promise<SqlConnection> {
    if (this.opened) return this.opened;
    const { databaseUrl } = this.settings;
    if (!this.isMigrated) await this.migrate(databaseUrl);
    this.isMigrated = true;
    const connection = await openSqlConnection(databaseUrl, { timeoutMs: 2000 });
    try {
      await this.control.poll(connection, true);
      // Before the first caller is let in, and before anything is written: a database that is locked is still read.
      if (this.heldBack !== null) await this.beginBudgets(connection, this.heldBack);
      await this.pins.poll(connection, true);
      await this.stats.load(connection);
    } catch (error) {
      await connection.close().catch(() => {});
      throw error;
    }
    this.opened = connection;
    this.stats.send();
    if (!this.isReady) this.post({ kind: "ready" });
    this.isReady = true;
    return connection;
  }

  /** The sums, what waits in spools beside them, and only then the state that names the budgets. */
  private async beginBudgets(connection: SqlConnection, heldBack: ReadonlyMap<string, LedgerEvent>): Promise<void> {
    await this.stats.readZone(connection);
    const { control } = this;
    const { zone } = this.stats;
    const waiting = () => readWaiting(this.settings.spoolDir, () => this.models());
    await this.budgets.begin(connection, { state: control.current, zone, reach: this.reach }, waiting);
    this.heldBack = null;
    for (const message of heldBack.values()) this.post(message);
  }

  private postOrHold(message: LedgerEvent): void {
    const isHeld = message.kind === "state" || message.kind === "confirmed";
    if (this.heldBack === null || !isHeld) this.post(message);
    else {
      this.heldBack.set(message.kind, message);
      this.post({ kind: "reading" });
    }
  }

  /**
   * Migrates the database, also after the start, when a newer release may have changed it. This release then goes on
   * with it, as before the outage.
   */
  private async migrate(databaseUrl: string): Promise<void> {
    const { kept = null } = this.settings;
    // Kept state was read from a database, so a database that is not there now is gone. A new one would hold no keys.
    const mustExist = this.isReady || (kept !== null && existsSync(kept.file));
    try {
      await migrateDatabase(databaseUrl, { mustExist, ...(mustExist ? { timeoutMs: 2_000 } : {}) });
    } catch (error) {
      if (!this.isReady || !(error instanceof MigrationError) || error.code === "failed") throw error;
    }
  }

  /** One look at everything that may need doing; true when there is more at once. */
  private async round(connection: SqlConnection): Promise<boolean> {
    connection.requireSameFile();
    const drainingSinceTick = performance.now();
    const hasMoreOwn = await this.drainLiving(connection);
    await this.control.poll(connection, false);
    await this.runCommands(connection);
    await this.stats.followZone(connection);
    await this.pins.poll(connection, false);
    await this.control.signOfLife(connection, (nowMs) => this.living.measureWaiting(nowMs));
    const hasMoreDead = await this.drainDead(connection);
    const hasMore = hasMoreOwn || hasMoreDead;
    await this.budgets.poll(
      connection,
      this.control.current,
      this.stats.zone,
      hasMore ? null : drainingSinceTick,
      this.reach,
    );
    await this.stats.poll(connection);
    this.stats.send();
    // Last, and a few at a time: requests that are waiting come first.
    if (hasMore || this.stopAtTick !== null) return hasMore;
    return (await this.older.step(connection)) || (await this.cuts.step(connection, new Date()));
  }

  private async drainLiving(connection: SqlConnection): Promise<boolean> {
    const most = await this.living.drain(drainingInto(connection), async (instance, batch) => {
      await this.commit(connection, instance, batch);
      this.post({ kind: "drained", instance, position: batch.end });
    });
    return most >= BATCH_EVENTS;
  }

  private async drainDead(connection: SqlConnection): Promise<boolean> {
    try {
      if (performance.now() - this.ownersTick > OWNERS_EVERY_MS) {
        this.ownersTick = performance.now();
        this.dead.look();
      }
      return await this.dead.step(this.heir(connection), drainingInto(connection));
    } catch (error) {
      // A folder that cannot be read must not hold up everything else; it is tried again at the next look.
      if (!(error instanceof Error && "syscall" in error && "path" in error)) throw error;
      this.dead.release();
      return true;
    }
  }

  private runCommands(connection: SqlConnection): Promise<void> {
    return this.commands.work(
      (message) => this.handle(connection, message),
      (message, error) => {
        if (message.kind === "take-in-rules")
          this.post({ kind: "rules-not-taken-in", call: message.call, reason: firstLine(error) });
        if (message.kind === "keep-pins") this.post({ kind: "pins-kept" });
        if (message.kind === "held") this.post({ kind: "held-taken", call: message.call, isTaken: false });
      },
    );
  }

  private async handle(connection: SqlConnection, message: LedgerCommand): Promise<void> {
    if (message.kind === "keep-pins") await this.pins.keep(connection, message.pins);
    else if (message.kind === "held") await this.takeHeld(connection, message);
    else if (message.kind === "instance-joined") this.living.join(message.instance);
    else if (message.kind === "instance-left") {
      this.living.leave(message.instance);
      this.ownersTick = Number.NEGATIVE_INFINITY;
    } else await this.control.handle(connection, message);
  }

  private async takeHeld(connection: SqlConnection, { call, instance, lines }: Held): Promise<void> {
    const found = readLines(Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength));
    await this.commit(connection, instance, found);
    this.living.closedElsewhere(instance, found.events);
    this.post({ kind: "held-taken", call, isTaken: true });
  }

  private async commit(connection: SqlConnection, instance: string, batch: Parameters<Commit>[1]): Promise<void> {
    const { quarters, poisoned } = await commitEvents(connection, batch.events);
    this.budgets.committed(batch.events, this.control.current);
    this.stats.add(quarters);
    this.bad.keep(instance, batch.bad, poisoned);
    if (batch.bad.length + poisoned.length > 0) this.post({ kind: "poisoned", count: this.bad.count });
  }

  private heir(connection: SqlConnection): Heir {
    return {
      commit: (instance, batch) => this.commit(connection, instance, batch),
      signOff: (instance) => removeInstance(connection, instance),
    };
  }

  private async finish(connection: SqlConnection): Promise<void> {
    await this.dead.finish(this.living.names, this.heir(connection), drainingInto(connection));
    // What was spent at the end is no longer in a spool, so the kept sums must have it.
    this.budgets.lookAgain();
    await this.budgets.poll(connection, this.control.current, this.stats.zone, null, this.reach);
    this.keeper?.flush();
    await removeInstance(connection, this.settings.instanceId);
  }

  private sayLeftBehind(): void {
    const left = this.dead.left();
    if (left === this.leftSaid) return;
    if (left.bytes !== this.leftSaid?.bytes) this.post({ kind: "left-behind", left });
    this.leftSaid = left;
  }

  /** The prices that interrupted requests are booked with: those of the version that is in force now. */
  private models(): Catalogue {
    this.list ??= this.settings.modelsFile === null ? loadCatalogue() : loadCatalogue(this.settings.modelsFile);
    const own = this.control.current?.prices ?? null;
    if (own === null) return this.list;
    if (this.priced?.number === own.number) return this.priced.catalogue;
    try {
      this.priced = { number: own.number, catalogue: buildPricedCatalogue(this.list, own) };
    } catch {
      // As in the processes that serve: what cannot be read never replaces what works.
    }
    return this.priced?.catalogue ?? this.list;
  }

  private reportFault(fault: DatabaseFault | null): void {
    const text = fault?.text ?? null;
    if (text === this.problem) return;
    if (this.problem === null) this.problemSinceMs = Date.now();
    this.problem = text;
    this.post({ kind: "problem", text, isAway: fault?.isAway ?? false, sinceMs: this.problemSinceMs });
  }

  private async close(): Promise<void> {
    const opened = this.opened;
    this.opened = null;
    if (!opened) return;
    // A server that hangs does not say goodbye either.
    const closed = opened.close().catch(() => {});
    await Promise.race([closed, wait(CLOSE_WITHIN_MS)]);
  }

  private async sleep(ms: number): Promise<void> {
    this.awake = new AbortController();
    if (this.commands.length > 0 && this.backOffMs === 0) return;
    const leftMs = this.stopAtTick === null ? ms : Math.max(0, this.stopAtTick - performance.now());
    await wait(Math.min(ms, leftMs), undefined, { signal: this.awake.signal }).catch(() => {});
    // Receive all posted messages before the next round. SQLite blocks the thread for its busy timeout. A stop behind
    // ten other messages would otherwise wait for ten rounds.
    await nextTurn();
  }
}

/** SQLite works in this thread, PostgreSQL beside it. */
const drainingInto = ({ dialect }: SqlConnection): Draining => ({ readsAhead: dialect === "postgresql" });

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).trim().split("\n").at(-1) ?? "";
