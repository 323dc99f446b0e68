import type { PurgeTarget } from "#core/cache/purges.ts";
import type { Arrival } from "#core/connect/arrival.ts";
import type { ProviderCheck } from "#core/connect/provider-check.ts";
import type { DroppedSafeguards } from "#core/rules/dropped-safeguards.ts";
import type { KeptPin } from "#core/rules/pin.ts";
import type { InstanceReport } from "#store/instances.ts";
import type { SpendingSums, Unrecorded } from "../keys/spending.ts";
import type { SpoolPosition } from "../spool/files.ts";
import type { ControlState } from "./control-state.ts";
import type { LedgerStats } from "./stats.ts";

/** Where the state is kept, and the secret it is sealed with. */
export interface KeptFile {
  file: string;
  secret: string;
}

/** Records of ended processes that are not in the database yet. */
export interface LeftBehind {
  bytes: number;
  /** When the oldest of their files was last written, epoch ms; null when there is none. */
  oldestMs: number | null;
}

/** Of each spool folder that is drained here, the place before which the database has everything. */
export type SpoolReach = readonly (readonly [instance: string, upTo: SpoolPosition])[];

/** Start parameters of the thread. */
export interface WorkerSettings {
  databaseUrl: string;
  spoolDir: string;
  instanceId: string;
  /** The reporting zone that the operator has fixed; null: the one chosen in the console. */
  reportingZone: string | null;
  /** A model catalogue that replaces the shipped one. */
  modelsFile: string | null;
  /** The file that own prices are kept in; null: they are saved in the console. */
  pricesFile?: string | null;
  /** Where rules, keys and limits are kept for a start without the database; null: nowhere. */
  kept?: KeptFile | null;
}

export type LedgerCommand =
  | { kind: "take-in-rules"; call: number; toml: string; audited: DroppedSafeguards; isLeft: boolean }
  | { kind: "instance"; report: InstanceReport }
  /** Key id -> when it was last used, epoch ms. */
  | { kind: "key-use"; uses: ReadonlyMap<string, number> }
  /** Pins to store. Answered with `pins-kept` when they are in the database, or were given up. */
  | { kind: "keep-pins"; pins: readonly KeptPin[] }
  /** Poll the control tables now. Answered with `looked`, behind the state when that is new. */
  | { kind: "look"; call: number }
  | { kind: "instance-joined"; instance: string }
  | { kind: "instance-left"; instance: string }
  /** JSON of `CacheReport`. */
  | { kind: "cache-report"; report: string }
  | { kind: "purge-cache"; target: PurgeTarget; by: Purger }
  /** Requests that were refused. */
  | { kind: "arrivals"; arrivals: readonly Arrival[] }
  /** The answer to `check-provider`. */
  | { kind: "provider-checked"; id: string; result: ProviderCheck }
  /** Lines of a spool whose disk is full. Answered with `held-taken`. `isLast`: the process that holds them is ending. */
  | { kind: "held"; call: number; instance: string; lines: Uint8Array; isLast: boolean }
  | { kind: "stop"; withinMs: number };

/**
 * The author of a purge through this process. It is a person whose name the database knows, or a user of this machine.
 */
export interface Purger {
  personId: string;
  via: "console" | "api";
  /** The access token it was done with; null without one. */
  token: { id: string; name: string } | null;
}

export type LedgerEvent =
  /** The database has the right shape and the first state was sent. */
  | { kind: "ready" }
  /** This database cannot be used by this release; the thread has ended. */
  | { kind: "unusable"; code: string; message: string }
  /** The database gives its state, which follows as soon as the first sums are read. */
  | { kind: "reading" }
  | { kind: "state"; state: ControlState }
  /** A check of the provider was requested in the console, and this instance is the one to make it. */
  | { kind: "check-provider"; id: string }
  | { kind: "stats"; stats: LedgerStats }
  | { kind: "drained"; instance: string; position: SpoolPosition }
  /** One line while the price file cannot be read; null when it can again. */
  | { kind: "prices-file"; problem: string | null }
  /** One line while something keeps the ledger from writing; null when all is well. */
  | { kind: "problem"; text: string | null; isAway: boolean; sinceMs: number }
  /** The state sent last is still what the database has. `isKept`: it was read from this machine's disk instead. */
  | { kind: "confirmed"; atMs: number; isKept: boolean }
  | { kind: "poisoned"; count: number }
  /** Records of ended processes, still to be taken over. */
  | { kind: "left-behind"; left: LeftBehind }
  /** Session pins that may be new to this process: from before its start, or from other instances. */
  | { kind: "pins"; pins: KeptPin[] }
  | { kind: "pins-kept" }
  | { kind: "looked"; call: number }
  /** Requests of holders that have a budget are in the database: sums sent after this include them. */
  | { kind: "committed"; ids: readonly string[] }
  /**
   * Sums of holders that have a budget. `reach`: what they include of the spools in this data folder; nothing behind it.
   * Files of kept state hold it under these names, and other releases read them.
   */
  | { kind: "spending"; told: SpendingSums; reach: SpoolReach }
  /**
   * Requests of ended processes that wait in their spools at the start. Sent after the first sums, which do not hold
   * them.
   */
  | { kind: "unrecorded"; requests: readonly Unrecorded[] }
  /** Not taken: the spool keeps them, and asks again. */
  | { kind: "held-taken"; call: number; isTaken: boolean }
  | { kind: "rules-taken-in"; call: number; version: number; changed: boolean }
  | { kind: "rules-not-taken-in"; call: number; reason: string }
  | { kind: "stopped" };
