import { performance } from "node:perf_hooks";

/** A database that says neither yes nor no for so long is a problem that people should see. */
const SILENT_AFTER_MS = 5000;
const LOOK_EVERY_MS = 1000;

/** Notices a database that was asked and does not answer. Slow is worse than dead: nothing fails, and nothing gets done. */
export class DatabaseStallDetector {
  private askedTick: number | null = null;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly report: (problem: string) => void) {
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  asked(): void {
    this.askedTick = performance.now();
  }

  answered(): void {
    this.askedTick = null;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    if (this.askedTick === null || performance.now() - this.askedTick < SILENT_AFTER_MS) return;
    this.report(`The database has not answered for ${SILENT_AFTER_MS / 1000} seconds.`);
  }
}
