import type { KeptPin } from "#core/rules/pin.ts";

const SEND_EVERY_MS = 500;
const PINS_AT_ONCE = 500;
/**
 * Pause between full batches. With a whole batch waiting there is nothing to gather, and the database is left to others
 * in between.
 */
const NEXT_BATCH_MS = 50;
/** Pins queued at most, for a database that is away for long: the newest are of most use. */
const WAITING_MAX = 100_000;

/**
 * Queue of pins for the database: sent in batches, one batch at a time. While the database is away they wait here; a
 * request never does.
 */
export class PinOutbox {
  private readonly waiting = new Map<string, KeptPin>();
  private sent: readonly KeptPin[] = [];
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly send: (pins: KeptPin[]) => void) {}

  add(pin: KeptPin): void {
    this.waiting.delete(pin.key);
    this.waiting.set(pin.key, pin);
    if (this.waiting.size > WAITING_MAX) this.waiting.delete(this.waiting.keys().next().value as string);
    this.wake();
  }

  /** Confirms the batch in flight: it is in the database. */
  kept(): void {
    this.sent = [];
    this.wake();
  }

  /** Requeues the batch in flight after its receiver ended, except for sessions with a newer pin. */
  again(): void {
    for (const pin of this.sent) if (!this.waiting.has(pin.key)) this.waiting.set(pin.key, pin);
    this.sent = [];
    this.wake();
  }

  /** Sends what is left, without waiting for the batch before it. */
  flush(): void {
    while (this.waiting.size > 0) this.sendBatch();
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private wake(): void {
    if (this.timer !== null || this.waiting.size === 0 || this.sent.length > 0) return;
    this.timer = setTimeout(
      () => {
        this.timer = null;
        this.sendBatch();
      },
      this.waiting.size < PINS_AT_ONCE ? SEND_EVERY_MS : NEXT_BATCH_MS,
    ).unref();
  }

  private sendBatch(): void {
    const batch: KeptPin[] = [];
    for (const [key, pin] of this.waiting) {
      if (batch.length === PINS_AT_ONCE) break;
      this.waiting.delete(key);
      batch.push(pin);
    }
    this.sent = [...this.sent, ...batch];
    this.send(batch);
  }
}
