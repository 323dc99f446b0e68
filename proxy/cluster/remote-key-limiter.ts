import type { HeldBy } from "#core/access/limit-holder.ts";
import type { BillingMode } from "#core/activity/request-event.ts";
import { type Entry, isWorthAsking, type KeyLimiter, type Pass, type Refusal } from "../keys/key-limiter.ts";
import { Calls } from "./calls.ts";
import type { PrimaryToWorker, WorkerToPrimary } from "./messages.ts";

/** A primary that has not answered by then is busy or stopped. */
const ANSWER_WITHIN_MS = 1_000;

type Answer = Extract<PrimaryToWorker, { kind: "key-entry" }>;

/**
 * Key limiter as seen by a worker. The primary counts the holders of all workers, so a limit is one for any number of
 * workers.
 */
export class RemoteKeyLimiter implements KeyLimiter {
  private readonly calls = new Calls<Answer>(ANSWER_WITHIN_MS);

  constructor(
    private readonly send: (message: WorkerToPrimary) => void,
    /** Fallback while the primary is silent: decides by what this worker has admitted itself. */
    private readonly own: KeyLimiter,
  ) {}

  async enter(held: HeldBy, mode: BillingMode): Promise<Entry> {
    const holders = held.counted;
    const answer = await this.calls.ask((call) => this.send({ kind: "enter-key", call, holders, mode }));
    if (answer === null) return this.own.enter(held, mode);
    if (answer.refusal !== null) return answer.refusal;
    return { kind: "in", pass: this.createPass(answer.call, held, mode) };
  }

  receive(answer: Answer): void {
    // An answer after the timeout must not hold a slot for ever.
    if (!this.calls.answered(answer.call, answer) && answer.refusal === null) this.leave(answer.call);
  }

  private createPass(call: number, held: HeldBy, mode: BillingMode): Pass {
    const hasBudget = held.budgeted[mode].length > 0;
    const served = (model: string | null, promptNanoUsd: number) => {
      if (hasBudget) this.send({ kind: "serve-key", call, model, promptNanoUsd });
    };
    return {
      served,
      confirm: (model, promptNanoUsd, isOther = false) => {
        if (isWorthAsking(held, mode, promptNanoUsd) || (isOther && hasBudget))
          return this.confirm({ entered: call, model, promptNanoUsd, isOther });
        served(model, promptNanoUsd);
        return null;
      },
      settled: (settled) => {
        if (hasBudget) this.send({ kind: "settle-key", call, settled });
      },
      leave: () => this.leave(call),
    };
  }

  /** A primary that does not answer has let it in before. */
  private async confirm(
    asked: Omit<Extract<WorkerToPrimary, { kind: "confirm-key" }>, "kind" | "call">,
  ): Promise<Refusal | null> {
    const answer = await this.calls.ask((call) => this.send({ kind: "confirm-key", call, ...asked }));
    return answer?.refusal ?? null;
  }

  private leave(call: number): void {
    this.send({ kind: "leave-key", call });
  }
}
