import type { KeyLimits } from "#core/access/key-limits.ts";
import type { Entry, KeyGate } from "../key-gate.ts";
import { Calls } from "./calls.ts";
import type { FromPrimary, ToPrimary } from "./messages.ts";

/** A primary that has not answered by then is busy or stopped. */
const ANSWER_WITHIN_MS = 1_000;

type Answer = Extract<FromPrimary, { kind: "key-entry" }>;

/** The gate as a worker has it: the primary counts the keys of all workers, so that a limit is one however many serve. */
export class AskedKeyGate implements KeyGate {
  private readonly calls = new Calls<Answer>(ANSWER_WITHIN_MS);

  constructor(
    private readonly send: (message: ToPrimary) => void,
    /** Decides while the primary is silent, by what this worker has let in itself. */
    private readonly own: KeyGate,
  ) {}

  async enter(keyId: string, limits: KeyLimits): Promise<Entry> {
    const answer = await this.calls.ask((call) => this.send({ kind: "enter-key", call, keyId, limits }));
    if (answer === null) return this.own.enter(keyId, limits);
    if (answer.refusal !== null) return answer.refusal;
    return { kind: "in", leave: (costNanoUsd) => this.leave(answer.call, costNanoUsd) };
  }

  hear(answer: Answer): void {
    // What it says when it is too late must not keep a place for ever.
    if (!this.calls.answered(answer.call, answer) && answer.refusal === null) this.leave(answer.call, null);
  }

  private leave(call: number, costNanoUsd: number | null): void {
    this.send({ kind: "leave-key", call, costNanoUsd });
  }
}
