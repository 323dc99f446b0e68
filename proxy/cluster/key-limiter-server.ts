import { buildHeldBy } from "#core/access/limit-holder.ts";
import type { KeyLimiter, Pass } from "../keys/key-limiter.ts";
import type { PrimaryToWorker, WorkerToPrimary } from "./messages.ts";

type KeyCall = Extract<
  WorkerToPrimary,
  { kind: "enter-key" | "serve-key" | "confirm-key" | "settle-key" | "leave-key" }
>;

/** One key limiter for the requests of all workers, in the primary. The slots a worker holds when it exits are released. */
export class KeyLimiterServer<Worker extends object> {
  private readonly passes = new Map<Worker, Map<number, Pass>>();
  private readonly gone = new WeakSet<Worker>();

  constructor(private readonly limiter: KeyLimiter) {}

  async receive(worker: Worker, message: KeyCall, answer: (message: PrimaryToWorker) => void): Promise<void> {
    const { call } = message;
    const pass = this.passes.get(worker)?.get(message.kind === "confirm-key" ? message.entered : call);
    if (message.kind === "serve-key") return pass?.served(message.model, message.promptNanoUsd);
    if (message.kind === "confirm-key") {
      const refusal = (await pass?.confirm(message.model, message.promptNanoUsd, message.isOther)) ?? null;
      return answer({ kind: "key-entry", call, refusal });
    }
    if (message.kind === "settle-key") return pass?.settled(message.settled);
    if (message.kind === "leave-key") {
      pass?.leave();
      this.passes.get(worker)?.delete(call);
      return;
    }
    const held = buildHeldBy(message.holders);
    if (held === null) return answer({ kind: "key-entry", call, refusal: null });
    const entered = this.limiter.enter(held, message.mode);
    const entry = entered instanceof Promise ? await entered : entered;
    if (entry.kind === "in" && this.gone.has(worker)) entry.pass.leave();
    else if (entry.kind === "in") {
      const passes = this.passes.get(worker) ?? new Map<number, Pass>();
      this.passes.set(worker, passes);
      passes.set(call, entry.pass);
    }
    answer({ kind: "key-entry", call, refusal: entry.kind === "in" ? null : entry });
  }

  /** Releases the slots of an exited worker: the ledger reads from its spool what its requests have cost. */
  left(worker: Worker): void {
    for (const pass of this.passes.get(worker)?.values() ?? []) pass.leave();
    this.passes.delete(worker);
    this.gone.add(worker);
  }
}
