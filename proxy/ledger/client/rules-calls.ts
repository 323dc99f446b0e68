import type { DroppedSafeguards } from "#core/rules/dropped-safeguards.ts";
import type { LedgerCommand } from "../messages.ts";

interface TakenIn {
  version: number;
  changed: boolean;
}

interface Call {
  message: LedgerCommand;
  resolve(taken: TakenIn): void;
  reject(error: Error): void;
}

/** Texts of the rules file that the ledger was asked to take in, until the database has answered. */
export class RulesCalls {
  private readonly calls = new Map<number, Call>();
  private lastCall = 0;

  constructor(private readonly post: (message: LedgerCommand) => void) {}

  ask(toml: string, audited: DroppedSafeguards, isLeft: boolean): Promise<TakenIn> {
    this.lastCall += 1;
    const call = this.lastCall;
    const message: LedgerCommand = { kind: "take-in-rules", call, toml, audited, isLeft };
    return new Promise((resolve, reject) => {
      this.calls.set(call, { message, resolve, reject });
      this.post(message);
    });
  }

  settle(call: number, answer: TakenIn | Error): void {
    const asked = this.calls.get(call);
    this.calls.delete(call);
    if (answer instanceof Error) asked?.reject(answer);
    else asked?.resolve(answer);
  }

  /** Asks again for all that is open: the thread was restarted. */
  again(): void {
    for (const { message } of this.calls.values()) this.post(message);
  }

  rejectAll(error: Error): void {
    for (const call of this.calls.keys()) this.settle(call, error);
  }
}
