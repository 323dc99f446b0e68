import type { Entry, KeyGate } from "../key-gate.ts";
import type { FromPrimary, ToPrimary } from "./messages.ts";

type Asked = Extract<ToPrimary, { kind: "enter-key" | "leave-key" }>;
type Leave = Extract<Entry, { kind: "in" }>["leave"];

/** One gate for the keys of all workers, in the primary. What a worker holds when it ends is given back. */
export class GateKeeper<Worker extends object> {
  private readonly held = new Map<Worker, Map<number, Leave>>();
  private readonly gone = new WeakSet<Worker>();

  constructor(private readonly gate: KeyGate) {}

  async hear(worker: Worker, asked: Asked, answer: (message: FromPrimary) => void): Promise<void> {
    const { call } = asked;
    if (asked.kind === "leave-key") {
      this.held.get(worker)?.get(call)?.(asked.costNanoUsd);
      this.held.get(worker)?.delete(call);
      return;
    }
    const entered = this.gate.enter(asked.keyId, asked.limits);
    const entry = entered instanceof Promise ? await entered : entered;
    if (entry.kind === "in" && this.gone.has(worker)) entry.leave(null);
    else if (entry.kind === "in") {
      const held = this.held.get(worker) ?? new Map<number, Leave>();
      this.held.set(worker, held);
      held.set(call, entry.leave);
    }
    answer({ kind: "key-entry", call, refusal: entry.kind === "in" ? null : entry });
  }

  /** The worker is gone: what its requests have cost, its spool tells the ledger. */
  left(worker: Worker): void {
    for (const leave of this.held.get(worker)?.values() ?? []) leave(null);
    this.held.delete(worker);
    this.gone.add(worker);
  }
}
