import type { RequestEvent } from "#core/activity/request-event.ts";
import type { ResultsCounts } from "#core/batches/batch-note.ts";
import { LineSplitter } from "./line-splitter.ts";
import { type AnsweredLine, readResultLine } from "./read-line.ts";

/** Size limit of a line: several times the longest message that a model writes. A longer one is not read. */
const LINE_BYTES_MAX = 8 * 1024 * 1024;

interface ResultsSink {
  /** Events of the lines that a chunk completes, never empty. On the disk when this returns. */
  record(events: readonly RequestEvent[]): void;
  /** The event of a line, or why there can be none. */
  build(line: AnsweredLine, bytes: number): RequestEvent | string;
  /** A line was not read because of a failure in here. */
  failed(problem: unknown): void;
}

/**
 * Reads the results of a batch while they pass. Before a chunk goes on, the lines that it completes are recorded. A line
 * that cannot be read is counted and named, and what follows is read.
 */
export class ResultsReader {
  readonly counts: ResultsCounts = { booked: 0, free: 0, unread: 0, why: null };
  private events: RequestEvent[] = [];
  private readonly lines: LineSplitter;
  /** A part of the results may begin within a line, which is then no line that could be read. */
  private isFragment: boolean;

  constructor(
    private readonly sink: ResultsSink,
    isPart: boolean,
    lineBytesMax = LINE_BYTES_MAX,
  ) {
    this.isFragment = isPart;
    this.lines = new LineSplitter(lineBytesMax, {
      line: (bytes) => this.readSafely(bytes),
      tooLong: () => this.noteUnread(`a line of over ${lineBytesMax} bytes`),
    });
  }

  push(chunk: Buffer): void {
    this.lines.push(chunk);
    this.flush();
  }

  /** `isWhole`: the results end here. Otherwise the last line may be the beginning of one. */
  end(isWhole: boolean): void {
    this.isFragment ||= !isWhole;
    this.lines.end();
    this.flush();
  }

  /** Counts all of the results as one that cannot be read. */
  giveUp(why: string): void {
    this.isFragment = false;
    this.noteUnread(why);
  }

  /** A failure in here costs a number, and never the response. */
  private readSafely(bytes: Buffer): void {
    try {
      this.read(bytes);
    } catch (problem) {
      this.noteUnread("a failure on our side");
      this.sink.failed(problem);
    }
  }

  private read(bytes: Buffer): void {
    const isBlank = bytes.length < 3 && bytes.toString("latin1").trim() === "";
    if (isBlank) return;
    const line = readResultLine(bytes);
    if (line.kind === "unread") this.noteUnread(line.why);
    else if (line.kind === "free") {
      this.isFragment = false;
      this.counts.free += 1;
    } else this.take(this.sink.build(line, bytes.length));
  }

  private take(event: RequestEvent | string): void {
    this.isFragment = false;
    if (typeof event === "string") this.noteUnread(event);
    else {
      this.counts.booked += 1;
      this.events.push(event);
    }
  }

  private noteUnread(why: string): void {
    if (!this.isFragment) {
      this.counts.unread += 1;
      this.counts.why ??= why;
    }
    this.isFragment = false;
  }

  private flush(): void {
    if (this.events.length === 0) return;
    const events = this.events;
    this.events = [];
    this.sink.record(events);
  }
}
