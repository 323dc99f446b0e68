/** Lines that another process is trying to take meanwhile. */
interface Loan {
  lines: Buffer;
  count: number;
}

/** Closed requests that found no room on the disk, oldest first, for as long as there is room here. */
export class SpoolRing {
  /** Given up for good, since the start. */
  dropped = 0;
  private lines: Buffer[] = [];
  private heldBytes = 0;
  private loan: Loan | null = null;
  private heldSinceTick: number | null = null;

  constructor(private readonly linesMax: number) {}

  get isEmpty(): boolean {
    return this.lines.length === 0;
  }

  get bytes(): number {
    return this.heldBytes;
  }

  /** Since when something has been waiting without a break, by the monotonic clock. */
  get sinceTick(): number | null {
    return this.heldSinceTick;
  }

  /** Takes a copy, because lines are lent; counts what there is no room for. */
  hold(line: Buffer, tick: number): void {
    if (this.lines.length >= this.linesMax) {
      this.dropped += 1;
      return;
    }
    this.lines.push(Buffer.from(line));
    this.heldBytes += line.length;
    this.heldSinceTick ??= tick;
  }

  /** Hands lines out, oldest first, until one is not taken; true when none is left. What is lent stays where it is. */
  empty(take: (line: Buffer) => boolean): boolean {
    if (this.loan !== null) return false;
    const firstKept = this.lines.findIndex((line) => !take(line));
    this.remove(firstKept === -1 ? this.lines.length : firstKept);
    return this.isEmpty;
  }

  /** The oldest lines, for a process that may have room; null when there are none, or some are lent already. */
  lend(linesMax: number): Loan | null {
    if (this.loan !== null || this.isEmpty) return null;
    const lines = this.lines.slice(0, linesMax);
    this.loan = { lines: Buffer.concat(lines), count: lines.length };
    return this.loan;
  }

  /** The answer to a loan; one that was called back meanwhile changes nothing. */
  settle(loan: Loan, isTaken: boolean): void {
    if (loan !== this.loan) return;
    this.loan = null;
    if (isTaken) this.remove(loan.count);
  }

  /** Their reader may keep a copy: the same event twice is one event. */
  callBack(): void {
    this.loan = null;
  }

  /** The process ends: what is still here goes with it. */
  giveUp(): void {
    this.dropped += this.lines.length;
    this.lines = [];
    this.heldBytes = 0;
  }

  private remove(count: number): void {
    for (const line of this.lines.slice(0, count)) this.heldBytes -= line.length;
    if (count > 0) this.lines = this.lines.slice(count);
    if (this.isEmpty) this.heldSinceTick = null;
  }
}
