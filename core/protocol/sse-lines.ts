import { isTextAt, toAscii } from "../json-index/ascii.ts";
import { COLON, CR, LF, SPACE } from "../json-index/bytes.ts";
import { keyName } from "../json-index/key-names.ts";
import { joined } from "./splice.ts";

/**
 * Receives the name of an event and the span of its data. The name is empty when none was given. The data is
 * `start`..`end` of `bytes`, several data lines joined by newlines. The bytes are valid during the call only: of
 * thousands of deltas hardly one is worth a string.
 */
type SseListener = (name: string, bytes: Uint8Array, start: number, end: number) => void;

/** Consumes whole deltas from `start` on without a call per delta; returns where those it consumed end. */
type DeltaTaker = (bytes: Uint8Array, start: number) => number;

/**
 * Maximum size of a line, or of an event of many lines. Longer ones are dropped, so that memory is bounded. No provider
 * sends one.
 */
const LINE_BYTES_MAX = 8 * 1024 * 1024;
/** Approximate overhead of keeping a further data line. */
const KEPT_LINE_BYTES = 128;
const NOTHING = new Uint8Array(0);
/** Byte order mark: may stand before the first line of a stream and is not part of it. */
const BYTE_ORDER_MARK = Uint8Array.of(0xef, 0xbb, 0xbf);
const NEWLINE = Uint8Array.of(LF);
const DATA = toAscii("data");
const EVENT = toAscii("event");
const DELTA_NAME = "content_block_delta";
/** First bytes of nearly all events of a stream. */
const DELTA_LEAD = toAscii(`event: ${DELTA_NAME}\ndata: `);

const decoder = new TextDecoder();

/**
 * Parser of server-sent events in chunks cut anywhere, also inside a line end or a multi-byte character. It only
 * observes: the bytes themselves are forwarded unchanged.
 */
export class SseLines {
  private readonly listener: SseListener;
  private readonly takeDeltas: DeltaTaker | null;
  /** Beginning of an incomplete line, in the pieces it arrived in. */
  private carry: Uint8Array[] = [];
  private carryBytes = 0;
  private name = "";
  private data: Uint8Array = NOTHING;
  private dataStart = 0;
  private dataEnd = 0;
  private hasData = false;
  /** Further data lines of the event, each behind a newline: joined once, when it ends. */
  private moreData: Uint8Array[] = [];
  private moreBytes = 0;
  private isDropping = false;
  /** Whether the last chunk ended with a CR: an LF at the start of the next belongs to it. */
  private isAfterCr = false;
  private hasBegun = false;

  constructor(listener: SseListener, takeDeltas: DeltaTaker | null = null) {
    this.listener = listener;
    this.takeDeltas = takeDeltas;
  }

  /**
   * Whether the stream is between two events. No byte of a next one has been seen, so an event of ours may be inserted
   * here.
   */
  get isBetweenEvents(): boolean {
    return this.carryBytes === 0 && !this.hasData && this.name === "" && !this.isDropping;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    const start = this.isAfterCr && chunk[0] === LF ? 1 : 0;
    this.isAfterCr = false;
    // JSON never contains a bare CR: a chunk has one only where lines end with it.
    const firstCr = chunk.indexOf(CR, start);
    if (firstCr === -1) this.linesByLf(chunk, start);
    else this.linesByAny(chunk, start, firstCr);
  }

  private linesByLf(chunk: Uint8Array, from: number): void {
    let start = from;
    for (;;) {
      if (this.isBetweenEvents) start = this.deltas(chunk, start);
      const end = lfFrom(chunk, start);
      if (end === -1) break;
      this.lineIn(chunk, start, end);
      start = end + 1;
    }
    if (start < chunk.length) this.keep(chunk.subarray(start));
  }

  /** Reads lines that end with CR, LF or both, in any mixture. */
  private linesByAny(chunk: Uint8Array, from: number, firstCr: number): void {
    let start = from;
    let cr = firstCr;
    let lf = chunk.indexOf(LF, start);
    while (cr !== -1 || lf !== -1) {
      const isCr = lf === -1 || (cr !== -1 && cr < lf);
      const end = isCr ? cr : lf;
      this.lineIn(chunk, start, end);
      start = isCr && lf === end + 1 ? end + 2 : end + 1;
      if (isCr && start === chunk.length && lf !== end + 1) this.isAfterCr = true;
      if (cr !== -1 && cr < start) cr = chunk.indexOf(CR, start);
      if (lf !== -1 && lf < start) lf = chunk.indexOf(LF, start);
    }
    if (start < chunk.length) this.keep(chunk.subarray(start));
  }

  private lineIn(chunk: Uint8Array, start: number, end: number): void {
    if (this.carryBytes === 0) this.line(chunk, start, end);
    else this.wholeLine(chunk.subarray(start, end));
  }

  /**
   * Reads deltas that lie whole in the chunk and have the usual form, without splitting lines; returns where they
   * end.
   */
  private deltas(chunk: Uint8Array, from: number): number {
    let start = from;
    while (isTextAt(chunk, start, DELTA_LEAD)) {
      const data = start + DELTA_LEAD.length;
      const end = chunk.indexOf(LF, data);
      if (end === -1 || chunk[end + 1] !== LF) break;
      this.listener(DELTA_NAME, chunk, data, end);
      start = end + 2;
      // The first one has shown their form.
      if (this.takeDeltas !== null) start = this.takeDeltas(chunk, start);
    }
    return start;
  }

  /** Ends the stream: an event without its blank line still counts, as clients read it so. */
  end(): void {
    if (this.carryBytes > 0) this.wholeLine(NOTHING);
    this.dispatch();
  }

  /** Completes the kept beginning of a line with its rest. */
  private wholeLine(rest: Uint8Array): void {
    this.carry.push(rest);
    const whole = joined(this.carry);
    this.forget();
    this.line(whole, 0, whole.length);
  }

  private keep(rest: Uint8Array): void {
    if (this.isDropping) return;
    if (this.carryBytes + rest.length > LINE_BYTES_MAX) {
      this.isDropping = true;
      this.forget();
      return;
    }
    this.carry.push(rest);
    this.carryBytes += rest.length;
  }

  private forget(): void {
    this.carry = [];
    this.carryBytes = 0;
  }

  private line(bytes: Uint8Array, lineStart: number, end: number): void {
    if (this.isDropping) {
      this.isDropping = false;
      return;
    }
    const start = !this.hasBegun && isTextAt(bytes, lineStart, BYTE_ORDER_MARK) ? lineStart + 3 : lineStart;
    this.hasBegun = true;
    if (end === start) this.dispatch();
    else if (isField(bytes, start, end, DATA)) this.addData(bytes, valueStart(bytes, start + DATA.length, end), end);
    else if (isField(bytes, start, end, EVENT)) {
      const value = valueStart(bytes, start + EVENT.length, end);
      this.name = keyName(bytes, value, end) ?? decoder.decode(bytes.subarray(value, end));
    }
  }

  private addData(bytes: Uint8Array, start: number, end: number): void {
    if (this.hasData) {
      this.moreBytes += end - start + KEPT_LINE_BYTES;
      if (this.moreBytes > LINE_BYTES_MAX) this.moreData = [];
      else this.moreData.push(NEWLINE, bytes.subarray(start, end));
      return;
    }
    this.data = bytes;
    this.dataStart = start;
    this.dataEnd = end;
    this.hasData = true;
  }

  private dispatch(): void {
    const { name, hasData } = this;
    if (this.moreBytes > 0) this.joinData();
    const { data, dataStart, dataEnd } = this;
    if (hasData && this.moreBytes <= LINE_BYTES_MAX) this.listener(name, data, dataStart, dataEnd);
    this.name = "";
    this.data = NOTHING;
    this.hasData = false;
    this.moreBytes = 0;
  }

  private joinData(): void {
    this.data = joined([this.data.subarray(this.dataStart, this.dataEnd), ...this.moreData]);
    this.dataStart = 0;
    this.dataEnd = this.data.length;
    this.moreData = [];
  }
}

/** Lines up to this length are searched here: most are shorter, and the call costs more than they do. */
const SHORT_LINE_BYTES = 40;

/** The place of the next LF, or -1. */
function lfFrom(chunk: Uint8Array, start: number): number {
  const near = Math.min(chunk.length, start + SHORT_LINE_BYTES);
  for (let at = start; at < near; at++) if (chunk[at] === LF) return at;
  return near === chunk.length ? -1 : chunk.indexOf(LF, near);
}

/** Whether the line begins with this field's name; without a colon the whole line is the name. */
function isField(bytes: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  const nameEnd = start + name.length;
  return end >= nameEnd && (end === nameEnd || bytes[nameEnd] === COLON) && isTextAt(bytes, start, name);
}

/** Skips the colon and one space. */
function valueStart(bytes: Uint8Array, nameEnd: number, end: number): number {
  const start = nameEnd + 1;
  if (start >= end) return end;
  return bytes[start] === SPACE ? start + 1 : start;
}
