/**
 * Lines that came together in one turn. They lie in memory one after the other, with the position where each of them
 * ends.
 */
export interface SpoolBatch {
  lines: readonly { end: number; isEnd: boolean }[];
  all: Buffer;
}

const BATCH_BYTES_MAX = 64 * 1024;
/** Above this size a batch is written before its turn ends. */
const LINES_MAX = 32;

/**
 * Batches the lines of one turn of the event loop. They then cost one system call instead of one each. Under load a
 * turn has many requests; a single request does not wait.
 */
export class SpoolTurn {
  private readonly memory = Buffer.allocUnsafeSlow(BATCH_BYTES_MAX);
  private lines: { end: number; isEnd: boolean }[] = [];
  private bytes = 0;
  private written: Promise<void> | null = null;
  private resolve: () => void = () => {};

  constructor(private readonly write: (batch: SpoolBatch) => void) {}

  /** `line` is copied; it is written when the promise resolves. */
  add(line: Buffer, isEnd: boolean): Promise<void> {
    if (this.bytes + line.length > BATCH_BYTES_MAX) this.end();
    if (line.length > BATCH_BYTES_MAX) {
      this.write({ lines: [{ end: line.length, isEnd }], all: line });
      return Promise.resolve();
    }
    this.memory.set(line, this.bytes);
    this.bytes += line.length;
    this.lines.push({ end: this.bytes, isEnd });
    this.written ??= new Promise((resolve) => {
      this.resolve = resolve;
      setImmediate(() => this.end());
    });
    const { written } = this;
    if (this.lines.length >= LINES_MAX) this.end();
    return written;
  }

  /** Writes what is there. */
  end(): void {
    if (this.lines.length === 0) return;
    const batch = { lines: this.lines, all: this.memory.subarray(0, this.bytes) };
    this.lines = [];
    this.bytes = 0;
    this.written = null;
    this.write(batch);
    this.resolve();
  }
}
