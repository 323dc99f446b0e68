/** A request of unknown cost keeps its share this long. */
const KEPT_MS = 300_000;
/** As many at most: then the oldest gives its share back. */
const KEPT_MAX = 10_000;

/**
 * Shares of budgets of requests whose cost will never be known, oldest first. They are given back when a limiter looks, not by
 * timers. Short because it is the one thing of the limiter that remembers requests after their end.
 */
export class UnknownCosts {
  private readonly kept: { untilMs: number; giveBack(): void }[] = [];

  constructor(private readonly now: () => number) {}

  keep(giveBack: () => void): void {
    this.kept.push({ untilMs: this.now() + KEPT_MS, giveBack });
    if (this.kept.length > KEPT_MAX) this.kept.shift()?.giveBack();
  }

  giveBackDue(): void {
    if (this.kept.length === 0) return;
    const now = this.now();
    while (this.kept[0] !== undefined && this.kept[0].untilMs <= now) this.kept.shift()?.giveBack();
  }
}
