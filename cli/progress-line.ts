import { performance } from "node:perf_hooks";
import process from "node:process";
import { formatCount } from "#core/report/format.ts";

/** Where a progress line is written: standard error. */
interface ProgressStream {
  isTTY?: boolean | undefined;
  write(text: string): unknown;
}

const ON_TERMINAL_MS = 200;
const ELSEWHERE_MS = 10_000;

/**
 * Progress of long work: on a terminal one line that is written over, elsewhere a line every ten seconds. `end` removes
 * the line. `now`: milliseconds of a monotonic clock.
 */
export class ProgressLine {
  private readonly startMs: number;
  private saidMs: number;
  private isShown = false;

  constructor(
    private readonly what: string,
    private readonly stream: ProgressStream = process.stderr,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.startMs = now();
    this.saidMs = this.startMs;
  }

  say(done: number, expected: number): void {
    const nowMs = this.now();
    if (nowMs - this.saidMs < (this.stream.isTTY ? ON_TERMINAL_MS : ELSEWHERE_MS)) return;
    this.saidMs = nowMs;
    const pace = Math.round((done * 1000) / Math.max(1, nowMs - this.startMs));
    const of = expected >= done ? ` of ${formatCount(expected)} (${Math.floor((done * 100) / expected)} %)` : "";
    const text = `${formatCount(done)}${of} ${this.what}, ${formatCount(pace)} a second`;
    this.stream.write(this.stream.isTTY ? `\r${text}\u001b[K` : `${text}\n`);
    this.isShown = this.stream.isTTY === true;
  }

  end(): void {
    if (this.isShown) this.stream.write("\r\u001b[K");
    this.isShown = false;
  }
}
