import type { Server } from "node:net";
import type { ProxyEvent } from "../process/event-bus.ts";
import type { ListeningHandle } from "../server/listen.ts";
import { Calls } from "./calls.ts";
import type { ClusterFigures, ClusterView, Figures } from "./cluster-view.ts";
import type { PrimaryToWorker, WorkerQuery, WorkerToPrimary } from "./messages.ts";

/** A primary that has not answered by then is busy or stopped; what this worker knows itself has to do. */
const ANSWER_WITHIN_MS = 1_000;

type Answer = Extract<PrimaryToWorker, { call: number }>;

interface OwnPart {
  figures(withMetrics: boolean): Promise<Figures>;
  clearCache(): number;
}

/** A worker's channel to the primary, and through it to the other workers. */
export class PrimaryChannel implements ClusterView {
  private readonly calls = new Calls<Answer>(ANSWER_WITHIN_MS);
  private readonly listeners = new Set<(proxyEvent: ProxyEvent) => void>();

  constructor(
    readonly workers: number,
    /** This worker's own part of a query to all. */
    private readonly own: OwnPart,
  ) {}

  /** Sends a message, and with it a copy of a listening socket. */
  send(message: WorkerToPrimary, handle: ListeningHandle | null = null): void {
    // Without a primary this process is about to end; the next start reads its spool.
    // Node's types do not know that a bare handle can be sent.
    if (process.connected) process.send?.(message, (handle ?? undefined) as Server | undefined, undefined, () => {});
  }

  /** Receives the primary's answers and queries. */
  receive(message: PrimaryToWorker): void {
    switch (message.kind) {
      case "asked":
        void this.answer(message.call, message.query);
        break;
      case "figures-of-all":
      case "cleared":
        this.calls.answered(message.call, message);
        break;
      case "event":
        for (const listener of this.listeners) listener(message.proxyEvent);
        break;
    }
  }

  async figures(withMetrics: boolean): Promise<ClusterFigures> {
    const answer = await this.ask({ kind: "figures", withMetrics });
    if (answer?.kind === "figures-of-all") return answer.figures;
    return { workers: this.workers, answered: [await this.own.figures(withMetrics)], earlier: [], ended: [] };
  }

  async clearCache(): Promise<number> {
    const answer = await this.ask({ kind: "clear-cache" });
    return answer?.kind === "cleared" ? answer.count : this.own.clearCache();
  }

  onEvent(listener: (proxyEvent: ProxyEvent) => void): () => void {
    this.listeners.add(listener);
    if (this.listeners.size === 1) this.send({ kind: "watching", isWatching: true });
    return () => {
      const isGone = this.listeners.delete(listener);
      if (isGone && this.listeners.size === 0) this.send({ kind: "watching", isWatching: false });
    };
  }

  private async answer(call: number, query: WorkerQuery): Promise<void> {
    if (query.kind === "clear-cache") this.send({ kind: "cleared", call, count: this.own.clearCache() });
    else this.send({ kind: "figures", call, figures: await this.own.figures(query.withMetrics) });
  }

  private ask(query: WorkerQuery): Promise<Answer | null> {
    return this.calls.ask((call) => this.send({ kind: "ask", call, query }));
  }
}
