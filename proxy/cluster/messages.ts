import type { LimitHolder } from "#core/access/limit-holder.ts";
import type { BillingMode } from "#core/activity/request-event.ts";
import type { PurgeTarget } from "#core/cache/purges.ts";
import type { Arrival } from "#core/connect/arrival.ts";
import type { KeptPin } from "#core/rules/pin.ts";
import type { Refusal } from "../keys/key-limiter.ts";
import type { Settled } from "../keys/spending.ts";
import type { LedgerEvent, Purger } from "../ledger/messages.ts";
import type { ProxyEvent } from "../process/event-bus.ts";
import type { ServedRules } from "../rules/active-rules.ts";
import type { ClusterFigures, Figures } from "./cluster-view.ts";

/** What the primary asks a worker, and a worker the primary about all workers. */
export type WorkerQuery = { kind: "figures"; withMetrics: boolean } | { kind: "clear-cache" };

/** From the primary to a worker. */
export type PrimaryToWorker =
  /** The answer to `here`: what it takes to serve as one of this instance. */
  | { kind: "begin"; instanceId: string; startedAtMs: number; workers: number; rules: ServedRules }
  /** What the ledger's thread said; it runs beside the primary. */
  | { kind: "ledger-event"; message: LedgerEvent }
  | { kind: "rules"; rules: ServedRules }
  /** Something happened in another worker. */
  | { kind: "event"; proxyEvent: ProxyEvent }
  /** Somebody, somewhere, wants to hear what happens here. */
  | { kind: "watched"; isWatched: boolean }
  | { kind: "asked"; call: number; query: WorkerQuery }
  | { kind: "figures-of-all"; call: number; figures: ClusterFigures }
  | { kind: "cleared"; call: number; count: number }
  | { kind: "held-taken"; call: number; isTaken: boolean }
  | { kind: "looked"; call: number }
  /** Null: the request may go in. */
  | { kind: "key-entry"; call: number; refusal: Refusal | null }
  | { kind: "stop"; signal: string };

/** From a worker to the primary. */
export type WorkerToPrimary =
  | { kind: "here" }
  /** Its spool, before anything is written to it. */
  | { kind: "joined"; instance: string }
  | { kind: "serving"; port: number }
  | { kind: "key-use"; id: string }
  /** Somebody has a key that is not known here: look at the database now. */
  | { kind: "look"; call: number }
  /** Lines of its spool that found no room on the disk. */
  | { kind: "held"; call: number; lines: Uint8Array }
  | { kind: "pin"; pin: KeptPin }
  /** A request that is counted: before it goes in, when its cost is known, and when it is over. */
  | { kind: "enter-key"; call: number; holders: readonly LimitHolder[]; mode: BillingMode }
  | { kind: "settle-key"; call: number; settled: Settled }
  | { kind: "leave-key"; call: number }
  | { kind: "cache-report"; report: string }
  | { kind: "purge-cache"; target: PurgeTarget; by: Purger }
  | { kind: "arrivals"; arrivals: readonly Arrival[] }
  | { kind: "event"; proxyEvent: ProxyEvent }
  | { kind: "watching"; isWatching: boolean }
  | { kind: "ask"; call: number; query: WorkerQuery }
  | { kind: "figures"; call: number; figures: Figures }
  | { kind: "cleared"; call: number; count: number };
