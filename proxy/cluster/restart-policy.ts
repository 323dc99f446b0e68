/** Lifetime after which a worker counts as healthy: the next exit is the first one again. */
const HEALTHY_AFTER_MS = 60_000;
const EXITS_MAX_EACH = 5;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MOST_MS = 5_000;

/**
 * Decides when an exited worker is replaced. The first is replaced at once, those right after it later and later, until
 * it gives up.
 */
export class RestartPolicy {
  private exitsInRow = 0;

  constructor(private readonly workers: number) {}

  /** Returns the milliseconds to wait before the replacement starts; null when workers exit too often to go on. */
  exited(livedMs: number): number | null {
    this.exitsInRow = livedMs > HEALTHY_AFTER_MS ? 1 : this.exitsInRow + 1;
    if (this.exitsInRow > EXITS_MAX_EACH * this.workers) return null;
    return this.exitsInRow === 1 ? 0 : Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** (this.exitsInRow - 2));
  }
}
