import type { LedgerCommand } from "../messages.ts";

const TRIES_MAX = 20;

/**
 * What this process wants of the database, in order. Waits while the database is away, for hours if need be, so it must not
 * grow: of what only the latest counts, only the latest waits.
 */
export class CommandQueue {
  private readonly waiting: LedgerCommand[] = [];
  private failures = 0;

  get length(): number {
    return this.waiting.length;
  }

  add(message: LedgerCommand): void {
    // The first may be at work already.
    const at = this.waiting.findIndex((other, index) => index > 0 && isOfSameMatter(other, message));
    const other = this.waiting[at];
    if (other === undefined) this.waiting.push(message);
    else if (message.kind === "cache-report" || message.kind === "instance") this.waiting[at] = message;
    // What a spool holds it offers again, the oldest first.
    else if (message.kind === "held") this.waiting[at] = message;
    else if (message.kind === "key-use" && other.kind === "key-use")
      this.waiting[at] = { kind: "key-use", uses: new Map([...other.uses, ...message.uses]) };
    else this.waiting.push(message);
  }

  /**
   * Handles the queued messages in order, and takes a message out only when it is done. One that fails again and again
   * is given up, so that the others get their turn.
   */
  async work(
    handle: (message: LedgerCommand) => Promise<void>,
    giveUp: (message: LedgerCommand, error: unknown) => void,
  ): Promise<void> {
    for (let message = this.waiting[0]; message !== undefined; message = this.waiting[0]) {
      try {
        await handle(message);
      } catch (error) {
        this.failures += 1;
        if (this.failures < TRIES_MAX) throw error;
        giveUp(message, error);
      }
      this.failures = 0;
      this.waiting.shift();
    }
  }
}

const isOfSameMatter = (one: LedgerCommand, other: LedgerCommand): boolean =>
  one.kind === "held" && other.kind === "held" ? one.instance === other.instance : one.kind === other.kind;
