import type { Happening } from "../process/proxy-context.ts";
import { Calls } from "./calls.ts";
import type { Crew, CrewFigures, Figures } from "./cluster-view.ts";
import type { FromPrimary, Question, ToPrimary } from "./messages.ts";

/** A primary that has not answered by then is busy or stopped; what this worker knows itself has to do. */
const ANSWER_WITHIN_MS = 1_000;

type Answer = Extract<FromPrimary, { call: number }>;

export interface OwnPart {
  figures(withMetrics: boolean): Promise<Figures>;
  clearCache(): number;
}

/** A worker's line to the primary, and through it to the other workers. */
export class PrimaryLine implements Crew {
  private readonly calls = new Calls<Answer>(ANSWER_WITHIN_MS);
  private readonly listeners = new Set<(happening: Happening) => void>();

  constructor(
    readonly workers: number,
    /** This worker's own part of what all are asked. */
    private readonly own: OwnPart,
  ) {}

  send(message: ToPrimary): void {
    // Without a primary this process is about to end; its spool tells the next start what it did.
    if (process.connected) process.send?.(message, undefined, undefined, () => {});
  }

  /** The primary's answers, and what it asks. */
  hear(message: FromPrimary): void {
    switch (message.kind) {
      case "asked":
        void this.answer(message.call, message.question);
        break;
      case "figures-of-all":
      case "cleared":
        this.calls.answered(message.call, message);
        break;
      case "happening":
        for (const listener of this.listeners) listener(message.happening);
        break;
    }
  }

  async figures(withMetrics: boolean): Promise<CrewFigures> {
    const answer = await this.ask({ kind: "figures", withMetrics });
    if (answer?.kind === "figures-of-all") return answer.figures;
    return { workers: this.workers, answered: [await this.own.figures(withMetrics)], earlier: [], ended: [] };
  }

  async clearCache(): Promise<number> {
    const answer = await this.ask({ kind: "clear-cache" });
    return answer?.kind === "cleared" ? answer.count : this.own.clearCache();
  }

  onHappening(listener: (happening: Happening) => void): () => void {
    this.listeners.add(listener);
    if (this.listeners.size === 1) this.send({ kind: "watching", isWatching: true });
    return () => {
      const isGone = this.listeners.delete(listener);
      if (isGone && this.listeners.size === 0) this.send({ kind: "watching", isWatching: false });
    };
  }

  private async answer(call: number, question: Question): Promise<void> {
    if (question.kind === "clear-cache") this.send({ kind: "cleared", call, count: this.own.clearCache() });
    else this.send({ kind: "figures", call, figures: await this.own.figures(question.withMetrics) });
  }

  private ask(question: Question): Promise<Answer | null> {
    return this.calls.ask((call) => this.send({ kind: "ask", call, question }));
  }
}
