import type { KeyLimits } from "#core/access/key-limits.ts";
import { type Entry, type KeyGate, LocalKeyGate } from "../key-gate.ts";
import type { FromPrimary, ToPrimary } from "./messages.ts";

/** A primary that has not answered by then is busy or stopped: this worker then goes by what it has let in itself. */
const ANSWER_WITHIN_MS = 1_000;

type Answer = Extract<FromPrimary, { kind: "key-entry" }>;

/** The gate as a worker has it: the primary counts the keys of all workers, so that a limit is one however many serve. */
export class AskedKeyGate implements KeyGate {
  private readonly waiting = new Map<number, (answer: Answer | null) => void>();
  private readonly own = new LocalKeyGate();
  private lastCall = 0;

  constructor(private readonly send: (message: ToPrimary) => void) {}

  async enter(keyId: string, limits: KeyLimits): Promise<Entry> {
    this.lastCall += 1;
    const call = this.lastCall;
    const answer = await new Promise<Answer | null>((resolve) => {
      const timer = setTimeout(() => resolve(null), ANSWER_WITHIN_MS);
      this.waiting.set(call, (answered) => {
        clearTimeout(timer);
        resolve(answered);
      });
      this.send({ kind: "enter-key", call, keyId, limits });
    });
    if (answer === null) {
      // What it says when it is too late must not keep a place for ever.
      this.waiting.set(
        call,
        (late) => late?.refusal === null && this.send({ kind: "leave-key", call, costNanoUsd: null }),
      );
      return this.own.enter(keyId, limits);
    }
    if (answer.refusal !== null) return answer.refusal;
    return { kind: "in", leave: (costNanoUsd) => this.send({ kind: "leave-key", call, costNanoUsd }) };
  }

  hear(answer: Answer): void {
    const waiting = this.waiting.get(answer.call);
    this.waiting.delete(answer.call);
    waiting?.(answer);
  }
}
