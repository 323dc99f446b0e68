/**
 * Window in which a repeated signal counts as one. A signal to a whole group (Ctrl-C, a service manager) reaches a
 * process directly and once more from its parent.
 */
const SAME_WORD_MS = 700;

/** Separates a second request to stop from the echo of the first. */
export class ShutdownSignal {
  private firstAtMs: number | null = null;

  /** Classifies a signal. `nowMs` comes from a monotonic clock. */
  classify(nowMs: number): "first" | "echo" | "again" {
    if (this.firstAtMs === null) {
      this.firstAtMs = nowMs;
      return "first";
    }
    return nowMs - this.firstAtMs < SAME_WORD_MS ? "echo" : "again";
  }
}
