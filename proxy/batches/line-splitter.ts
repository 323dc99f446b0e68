const LF = 0x0a;

/** Receiver of lines. Bytes are valid until the call returns. */
interface LineSink {
  line(bytes: Buffer): void;
  /** Called once for each line that is longer than the limit. */
  tooLong(): void;
}

/** Splits passing chunks into lines. Holds at most one line, in one buffer of bounded size. */
export class LineSplitter {
  private held = Buffer.alloc(0);
  private heldBytes = 0;
  private isTooLong = false;

  constructor(
    private readonly bytesMax: number,
    private readonly sink: LineSink,
  ) {}

  push(chunk: Buffer): void {
    let start = 0;
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, start)) {
      this.finish(chunk.subarray(start, at));
      start = at + 1;
    }
    if (start < chunk.length) this.hold(chunk.subarray(start));
  }

  /** The last line may have no end. */
  end(): void {
    if (this.heldBytes > 0 || this.isTooLong) this.finish(Buffer.alloc(0));
    this.held = Buffer.alloc(0);
  }

  private finish(last: Buffer): void {
    const isWhole = this.heldBytes === 0 && !this.isTooLong && last.length <= this.bytesMax;
    if (!isWhole) this.hold(last);
    const line = isWhole ? last : this.held.subarray(0, this.heldBytes);
    const { isTooLong } = this;
    this.heldBytes = 0;
    this.isTooLong = false;
    if (isTooLong) this.sink.tooLong();
    else this.sink.line(line);
  }

  /** Copies: a slice would keep the whole chunk, and a line may come in many small ones. */
  private hold(part: Buffer): void {
    const bytes = this.heldBytes + part.length;
    if (this.isTooLong || bytes > this.bytesMax) {
      this.isTooLong = true;
      this.heldBytes = 0;
      this.held = Buffer.alloc(0);
      return;
    }
    if (bytes > this.held.length) {
      const larger = Buffer.allocUnsafe(Math.min(this.bytesMax, Math.max(bytes, this.held.length * 2, 4096)));
      this.held.copy(larger, 0, 0, this.heldBytes);
      this.held = larger;
    }
    part.copy(this.held, this.heldBytes);
    this.heldBytes = bytes;
  }
}
