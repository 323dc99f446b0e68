import { performance } from "node:perf_hooks";
import { INSTANCE_GONE_MS } from "#core/alerts/alert-kind.ts";
import { type Arrival, joinedArrivals } from "#core/connect/arrival.ts";
import { readSharedClock } from "#store/database-clock.ts";
import {
  type InstanceReport,
  putArrivals,
  putCacheReport,
  putInstance,
  putWaiting,
  removeInstancesSilentSince,
} from "#store/instances.ts";
import { noteProxyKeyUse } from "#store/key-use.ts";
import { claimProviderCheck, putProviderCheck } from "#store/provider-checks.ts";
import { readRevision } from "#store/revision.ts";
import { takeInRulesFile } from "#store/rules-file.ts";
import type { SqlConnection } from "#store/sql.ts";
import { inControlTransaction } from "#store/transaction.ts";
import { type ControlState, readControlState } from "../control-state.ts";
import type { LedgerCommand, LedgerEvent, WorkerSettings } from "../messages.ts";
import type { WaitingRecords } from "./active-spools.ts";
import { PricesFile } from "./prices-file.ts";
import { purgeCache } from "./purge-cache.ts";

const POLL_EVERY_MS = 300;
const CONFIRM_EVERY_MS = 5_000;
const SIGN_OF_LIFE_EVERY_MS = 10_000;

/** The small traffic between this process and the control tables. */
export class ControlSync {
  private state: ControlState | null = null;
  /** Another database counts its revisions apart: the same number says nothing. */
  private isOfAnother = false;
  private polledTick = Number.NEGATIVE_INFINITY;
  private confirmedTick = Number.NEGATIVE_INFINITY;
  private report: InstanceReport | null = null;
  /** Null: something new is to be said at once. */
  private reportedTick: number | null = null;
  private cacheReport: string | null = null;
  private arrivals: Arrival[] = [];
  private readonly pricesFile: PricesFile | null;

  constructor(
    private readonly settings: WorkerSettings,
    private readonly post: (message: LedgerEvent) => void,
  ) {
    const { pricesFile = null } = settings;
    const report = (problem: string | null) => post({ kind: "prices-file", problem });
    this.pricesFile = pricesFile === null ? null : new PricesFile(pricesFile, report);
  }

  /** As it was read last. */
  get current(): ControlState | null {
    return this.state;
  }

  /** The zone that was chosen: the operator's, else that of the console, as the console has it. */
  get reportingZone(): string {
    return this.settings.reportingZone ?? this.state?.settings.reportingZone ?? "UTC";
  }

  /** Looks for a new revision when it is time, or when `isForced`; true when there was one. */
  async poll(connection: SqlConnection, isForced: boolean): Promise<boolean> {
    const tick = performance.now();
    if (!isForced && tick - this.polledTick < POLL_EVERY_MS) return false;
    this.polledTick = tick;
    // A database that cannot be written is still read.
    await this.pricesFile?.look(connection).catch(() => false);
    if (this.state && !this.isOfAnother && (await readRevision(connection)) === this.state.revision) {
      if (tick - this.confirmedTick >= CONFIRM_EVERY_MS) this.confirm();
      return false;
    }
    this.state = await readControlState(connection, this.settings.reportingZone ?? "UTC");
    this.isOfAnother = false;
    this.post({ kind: "state", state: this.state });
    this.confirm();
    const check = await claimProviderCheck(connection, this.settings.instanceId, new Date());
    if (check !== null) this.post({ kind: "check-provider", id: check });
    return true;
  }

  /** The database was replaced: what is there now is read whole at the next look. */
  forget(): void {
    this.isOfAnother = true;
  }

  private confirm(): void {
    this.confirmedTick = performance.now();
    this.post({ kind: "confirmed", atMs: Date.now(), isKept: false });
  }

  async handle(connection: SqlConnection, message: LedgerCommand): Promise<void> {
    if (message.kind === "take-in-rules") {
      const take = () => takeInRulesFile(connection, message.toml, new Date(), message);
      const taken = await inControlTransaction(connection, take);
      this.post({ kind: "rules-taken-in", call: message.call, ...taken });
    } else if (message.kind === "look") {
      this.polledTick = Number.NEGATIVE_INFINITY;
      await this.poll(connection, false);
      this.post({ kind: "looked", call: message.call });
    } else if (message.kind === "instance") {
      this.report = message.report;
      this.reportedTick = null;
    } else if (message.kind === "key-use") {
      await noteProxyKeyUse(connection, message.uses);
    } else if (message.kind === "cache-report") {
      this.cacheReport = message.report;
      await putCacheReport(connection, this.settings.instanceId, message.report);
    } else if (message.kind === "arrivals") {
      this.arrivals = joinedArrivals([...this.arrivals, ...message.arrivals], Date.now());
      await putArrivals(connection, this.settings.instanceId, JSON.stringify(this.arrivals));
    } else if (message.kind === "provider-checked") {
      await putProviderCheck(connection, message.id, message.result, new Date());
    } else if (message.kind === "purge-cache") {
      const purge = () => purgeCache(connection, message.target, message.by, new Date());
      await inControlTransaction(connection, purge);
    }
  }

  /** "I am here, and serve this version": at once when it changed, else every ten seconds. */
  async signOfLife(connection: SqlConnection, measureWaiting: (nowMs: number) => WaitingRecords): Promise<void> {
    const tick = performance.now();
    if (!this.report || (this.reportedTick !== null && tick - this.reportedTick < SIGN_OF_LIFE_EVERY_MS)) return;
    // By the clock that its readers share: this machine's may be minutes off.
    const sharedMs = await readSharedClock(connection);
    const nowMs = Date.now();
    const { bytes, oldestMs } = measureWaiting(nowMs);
    const waiting = { bytes, oldestMs: oldestMs === null ? null : oldestMs + sharedMs - nowMs };
    await putInstance(connection, this.settings.instanceId, this.report, new Date(sharedMs));
    await putWaiting(connection, this.settings.instanceId, waiting);
    if (this.cacheReport !== null) await putCacheReport(connection, this.settings.instanceId, this.cacheReport);
    if (this.reportedTick === null) await removeInstancesSilentSince(connection, new Date(sharedMs - INSTANCE_GONE_MS));
    this.reportedTick = tick;
  }
}
