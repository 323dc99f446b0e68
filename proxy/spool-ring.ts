/** Closed requests that found no room on the disk, oldest first, for as long as there is room here. */
export class SpoolRing {
  /** Given up for good, since the start. */
  dropped = 0;
  private lines: Buffer[] = [];
  private heldBytes = 0;
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

  /** Hands lines out, oldest first, until one is not taken; true when none is left. */
  empty(take: (line: Buffer) => boolean): boolean {
    let taken = 0;
    for (const line of this.lines) {
      if (!take(line)) break;
      taken += 1;
      this.heldBytes -= line.length;
    }
    if (taken > 0) this.lines = this.lines.slice(taken);
    if (this.isEmpty) this.heldSinceTick = null;
    return this.isEmpty;
  }

  /** The process ends: what is still here goes with it. */
  giveUp(): void {
    this.dropped += this.lines.length;
    this.lines = [];
    this.heldBytes = 0;
  }
}
