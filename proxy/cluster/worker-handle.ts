import type { Worker } from "node:cluster";
import type { Server } from "node:net";
import type { CacheReport } from "#core/cache/cache-report.ts";
import type { MetricFamily } from "../metrics/metrics-of-all.ts";
import type { ListeningHandle } from "../server/listen.ts";
import { Calls } from "./calls.ts";
import type { Figures } from "./cluster-view.ts";
import type { PrimaryToWorker, WorkerQuery, WorkerToPrimary } from "./messages.ts";

/**
 * Timeout of a call to a worker. A busy worker answers late. One that is stuck must not hold up the answer about all.
 */
const ANSWER_WITHIN_MS = 500;

/** An answer of a worker; null when it did not come in time. */
type Answer = Extract<WorkerToPrimary, { call: number }>;

/** Handle of one worker in the primary. */
export class WorkerHandle {
  /** The instance id of its spool, once it has one. */
  instance: string | null = null;
  isServing = false;
  isWatching = false;
  /** The figures of its last answer, and its metrics of then. */
  figures: Figures | null = null;
  metrics: MetricFamily[] = [];
  cacheReport: CacheReport | null = null;
  readonly startedAtMs = performance.now();
  private readonly calls = new Calls<Answer>(ANSWER_WITHIN_MS);

  constructor(readonly process: Worker) {}

  get isThere(): boolean {
    return this.process.isConnected() && !this.process.isDead();
  }

  /** Sends a message, and with it a copy of a listening socket. */
  send(message: PrimaryToWorker, handle: ListeningHandle | null = null): void {
    // The primary notices the worker's exit; a message it no longer receives has no effect.
    // Node's types do not know that a bare handle can be sent.
    if (this.isThere) this.process.send(message, (handle ?? undefined) as Server | undefined, () => {});
  }

  /** Delivers an answer; true when the message was one. */
  answered(message: WorkerToPrimary): boolean {
    if (message.kind !== "figures" && message.kind !== "cleared") return false;
    this.calls.answered(message.call, message);
    return true;
  }

  ask(query: WorkerQuery): Promise<Answer | null> {
    if (!this.isThere) return Promise.resolve(null);
    return this.calls.ask((call) => this.send({ kind: "asked", call, query }));
  }

  /** Ends all pending calls. */
  ended(): void {
    this.calls.end();
  }
}
