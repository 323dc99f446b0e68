import type { PurgeTarget } from "#core/cache/purges.ts";
import type { Arrival } from "#core/connect/arrival.ts";
import type { DroppedSafeguards } from "#core/rules/dropped-safeguards.ts";
import type { KeptPin } from "#core/rules/pin.ts";
import type { InstanceReport } from "#store/instances.ts";
import type { SpendingSums, Unrecorded } from "../../keys/spending.ts";
import type { ControlState } from "../control-state.ts";
import type { LeftBehind, Purger } from "../messages.ts";
import type { LedgerStats } from "../stats.ts";
import type { Outage } from "./ledger-news.ts";

export type { ControlState } from "../control-state.ts";

/** A caller whose key is looked for waits no longer. */
export const LOOK_WITHIN_MS = 3_000;

/**
 * The database as the rest of the process sees it: values always in memory, and changes as they come. Nothing here
 * waits for the database, except where a promise says so.
 */
export interface LedgerClient {
  /** Null until the database was read for the first time. */
  state(): ControlState | null;
  /** Calls back on every change from now on; returns the end of it. */
  onState(listener: (state: ControlState) => void): () => void;
  stats(): LedgerStats;
  onStats(listener: (stats: LedgerStats) => void): () => void;
  /**
   * Takes the text of the rules file into the history. Not so where the file was left as it was (`isLeft`) and there is a
   * version. While the database is away, this waits.
   */
  ingestRulesFile(
    toml: string,
    audited?: DroppedSafeguards,
    isLeft?: boolean,
  ): Promise<{ version: number; changed: boolean }>;
  /** What this process says of itself to the console. */
  reportInstance(report: InstanceReport): void;
  noteKeyUse(id: string): void;
  /** Resolves when `state` is what the database says from now on; also when it does not answer within three seconds. */
  lookAgain(): Promise<void>;
  /** Has a decision about a session kept for other instances and the next start. Soon, not now. */
  keepPin(pin: KeptPin): void;
  /** Decisions of before this start and of other instances, from now on. */
  onPins(listener: (pins: readonly KeptPin[]) => void): () => void;
  /** Events that are in the database now: spending sent afterwards includes them. */
  onCommitted(listener: (ids: readonly string[]) => void): () => void;
  /** What holders of a budget have spent, every second or so. */
  onSpending(listener: (sums: SpendingSums) => void): () => void;
  /**
   * What ended processes have left in this data folder, once, before this ledger is known; `onSpending` does not
   * include it.
   */
  onUnrecorded(listener: (requests: readonly Unrecorded[]) => void): () => void;
  /** What this process says of its response cache: JSON of `CacheReport`. */
  reportCache(report: string): void;
  /** Requests that were refused, for people who connect and wait for their first one. */
  reportArrivals(arrivals: readonly Arrival[]): void;
  /** Has every instance forget stored answers, and writes down who wanted it. Waits for nothing. */
  purgeCache(target: PurgeTarget, by: Purger): void;
  /** Migrated, and the first state is here. Rejects with `LedgerUnusable` when this release cannot use this database. */
  ready: Promise<void>;
  /** Drains what the spool holds, then ends. End the spool first, so that nothing is added meanwhile. */
  stop(withinMs?: number): Promise<void>;
  /** One line while events cannot be written; null when all is well. */
  problem(): string | null;
  /** What keeps events from being written, and since when; null when all is well. */
  outage(): Outage | null;
  /** Calls back on every change of `outage` from now on; returns the end of it. */
  onOutage(listener: (outage: Outage | null) => void): () => void;
  /** The keys are known, and the database has confirmed them lately enough. */
  areKeysKnown(): boolean;
  /** When the database last confirmed the keys, epoch ms. */
  keysAsOfMs(): number | null;
  /** The state was read from this machine's disk, because the database was away at the start. */
  isFromDisk(): boolean;
  /** Records put aside because they could not be stored, since the start. */
  poisoned(): number;
  /**
   * Takes records that found no room on the disk of this process's spool; true when the database has them. While it is away
   * they are refused, except when `isLast`: then the database is tried again at once and often.
   */
  takeHeld(lines: Buffer, isLast: boolean): Promise<boolean>;
  /** What processes that are gone have left, and the database does not have yet. */
  leftBehind(): LeftBehind;
}
