/**
 * A signal to a whole group (Ctrl-C, a service manager) reaches a process directly and once more from whoever started it.
 * Within this time that is one word, not a person who will not wait.
 */
const SAME_WORD_MS = 700;

/** Tells the second wish to stop from the echo of the first. */
export class ShutdownSignal {
  private firstAtMs: number | null = null;

  /** By a clock that never goes back. */
  hear(nowMs: number): "first" | "echo" | "again" {
    if (this.firstAtMs === null) {
      this.firstAtMs = nowMs;
      return "first";
    }
    return nowMs - this.firstAtMs < SAME_WORD_MS ? "echo" : "again";
  }
}
