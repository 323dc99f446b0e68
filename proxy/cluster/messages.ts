import type { LimitHolder } from "#core/access/limit-holder.ts";
import type { BillingMode } from "#core/activity/request-event.ts";
import type { PurgeTarget } from "#core/cache/purges.ts";
import type { Arrival } from "#core/connect/arrival.ts";
import type { KeptPin } from "#core/rules/pin.ts";
import type { Refusal, UnknownCost } from "../keys/key-limiter.ts";
import type { Settled } from "../keys/spending.ts";
import type { LedgerEvent, Purger } from "../ledger/messages.ts";
import type { ProxyEvent } from "../process/event-bus.ts";
import type { ServedRules } from "../rules/active-rules.ts";
import type { ClusterFigures, Figures } from "./cluster-view.ts";

/** Queries from the primary to a worker, and from a worker to the primary about all workers. */
export type WorkerQuery = { kind: "figures"; withMetrics: boolean } | { kind: "clear-cache" };

/** Messages from the primary to a worker. */
export type PrimaryToWorker =
  /** The answer to `here`: the start parameters of a worker of this instance. */
  | { kind: "begin"; instanceId: string; startedAtMs: number; workers: number; rules: ServedRules }
  /** A message of the ledger's thread, which runs beside the primary. */
  | { kind: "ledger-event"; message: LedgerEvent }
  | { kind: "rules"; rules: ServedRules }
  /** An event in another worker. */
  | { kind: "event"; proxyEvent: ProxyEvent }
  /** Whether any worker has a viewer: then events are forwarded. */
  | { kind: "watched"; isWatched: boolean }
  | { kind: "asked"; call: number; query: WorkerQuery }
  | { kind: "figures-of-all"; call: number; figures: ClusterFigures }
  | { kind: "cleared"; call: number; count: number }
  | { kind: "held-taken"; call: number; isTaken: boolean }
  | { kind: "looked"; call: number }
  /** Null: the request is admitted, or may go on. */
  | { kind: "key-entry"; call: number; refusal: Refusal | null }
  | { kind: "stop"; signal: string };

/** Messages from a worker to the primary. */
export type WorkerToPrimary =
  | { kind: "here" }
  /** The instance id of its spool, before anything is written to it. */
  | { kind: "joined"; instance: string }
  | { kind: "serving"; port: number }
  | { kind: "key-use"; id: string }
  /** A request used a key that is unknown here: poll the database now. */
  | { kind: "look"; call: number }
  /** Lines of its spool that found no room on the disk. */
  | { kind: "held"; call: number; lines: Uint8Array; isLast: boolean }
  | { kind: "pin"; pin: KeptPin }
  /**
   * Messages about a counted request. They come before it is admitted, when its model and size are known, when its cost
   * is, and when it is over.
   */
  | { kind: "enter-key"; call: number; holders: readonly LimitHolder[]; mode: BillingMode }
  | { kind: "serve-key"; call: number; model: string | null; promptNanoUsd: number }
  /** The same for the one that entered with that call, and asks whether it may go on. */
  | { kind: "confirm-key"; call: number; entered: number; model: string; promptNanoUsd: number; isOther: boolean }
  | { kind: "settle-key"; call: number; settled: Settled | UnknownCost }
  | { kind: "leave-key"; call: number }
  | { kind: "cache-report"; report: string }
  | { kind: "purge-cache"; target: PurgeTarget; by: Purger }
  | { kind: "arrivals"; arrivals: readonly Arrival[] }
  | { kind: "event"; proxyEvent: ProxyEvent }
  | { kind: "watching"; isWatching: boolean }
  | { kind: "ask"; call: number; query: WorkerQuery }
  | { kind: "figures"; call: number; figures: Figures }
  | { kind: "cleared"; call: number; count: number };
