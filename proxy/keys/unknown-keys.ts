import { performance } from "node:perf_hooks";
import { LRUCache } from "lru-cache";

/** A key or token that is in no table is not looked for again within this time. */
const REFUSED_MS = 1_000;
const REFUSED_MAX = 10_000;
/** Ten looks a second at most, however many unknown keys come. */
const LOOK_EVERY_MS = 100;
/** Callers with unknown keys that may wait at once; others are refused as before. */
const WAITING_MAX = 1_000;

/**
 * Looks up a proxy key or access token in the database before it is refused as unknown. This process may not know it
 * because it is a moment old. Single flight: one look-up serves all callers who came before it began. A flood of
 * made-up keys costs the database no more than ten look-ups a second.
 */
export class UnknownKeys {
  private readonly refused = new LRUCache<string, true>({ max: REFUSED_MAX, ttl: REFUSED_MS });
  private running: Promise<void> | null = null;
  private next: Promise<void> | null = null;
  private lastTick = Number.NEGATIVE_INFINITY;
  private waiting = 0;

  /** `look` resolves when the table of keys is as the database has it, or cannot be had. */
  constructor(
    private readonly look: () => Promise<void>,
    private readonly isKnown: (keyHash: string) => boolean,
  ) {}

  /** Resolves when the table is as fresh as it can be for this key. Resolves at once for a key refused a moment ago. */
  async find(keyHash: string): Promise<void> {
    if (this.refused.has(keyHash) || this.waiting >= WAITING_MAX) return;
    this.waiting++;
    try {
      this.next ??= this.lookNext();
      await this.next;
    } finally {
      this.waiting--;
    }
    if (!this.isKnown(keyHash)) this.refused.set(keyHash, true);
  }

  /** A look under way may have missed a newer key: the next one begins behind it. */
  private async lookNext(): Promise<void> {
    await this.running;
    const leftMs = this.lastTick + LOOK_EVERY_MS - performance.now();
    if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs));
    this.next = null;
    this.lastTick = performance.now();
    this.running = this.look();
    await this.running;
  }
}
