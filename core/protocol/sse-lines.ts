import { joined } from "./splice.ts";

/** Takes the name of an event (empty when none was given) and its data lines joined by newlines. */
export type SseListener = (name: string, data: string) => void;

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
/** A longer line is dropped, not kept: no provider sends one, and memory has to have an end. */
const LINE_BYTES_MAX = 8 * 1024 * 1024;
const NOTHING = new Uint8Array(0);

const decoder = new TextDecoder();

/**
 * Reads server-sent events out of chunks cut anywhere, also inside a line end or a multi-byte character. It only looks:
 * the bytes themselves travel past it unchanged.
 */
export class SseLines {
  private readonly listener: SseListener;
  /** The begun line, in the pieces it came in. */
  private carry: Uint8Array[] = [];
  private carryBytes = 0;
  private name = "";
  private data = "";
  private hasData = false;
  private isDropping = false;

  constructor(listener: SseListener) {
    this.listener = listener;
  }

  /** True between two events: nothing of a next one has been seen, so an own event may be put in here. */
  get isBetweenEvents(): boolean {
    return this.carryBytes === 0 && !this.hasData && this.name === "" && !this.isDropping;
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(LF, start);
      if (end === -1) break;
      this.line(this.carryBytes === 0 ? chunk.subarray(start, end) : this.withCarry(chunk.subarray(start, end)));
      start = end + 1;
    }
    if (start < chunk.length) this.keep(chunk.subarray(start));
  }

  /** The stream is over: an event whose blank line never came still counts, as clients read it so. */
  end(): void {
    if (this.carryBytes > 0) this.line(this.withCarry(NOTHING));
    this.dispatch();
  }

  private withCarry(rest: Uint8Array): Uint8Array {
    this.carry.push(rest);
    const whole = joined(this.carry);
    this.forget();
    return whole;
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

  private line(raw: Uint8Array): void {
    if (this.isDropping) {
      this.isDropping = false;
      return;
    }
    const end = raw.length > 0 && raw[raw.length - 1] === CR ? raw.length - 1 : raw.length;
    if (end === 0) this.dispatch();
    else if (isField(raw, end, "data")) this.addData(fieldValue(raw, end, 4));
    else if (isField(raw, end, "event")) this.name = fieldValue(raw, end, 5);
  }

  private addData(text: string): void {
    this.data = this.hasData ? `${this.data}\n${text}` : text;
    this.hasData = true;
  }

  private dispatch(): void {
    if (this.hasData) this.listener(this.name, this.data);
    this.name = "";
    this.data = "";
    this.hasData = false;
  }
}

function isField(line: Uint8Array, end: number, name: string): boolean {
  if (end < name.length || (end > name.length && line[name.length] !== COLON)) return false;
  for (let i = 0; i < name.length; i++) if (line[i] !== name.charCodeAt(i)) return false;
  return true;
}

function fieldValue(line: Uint8Array, end: number, nameLength: number): string {
  const start = nameLength + 1;
  return start >= end ? "" : decoder.decode(line.subarray(line[start] === SPACE ? start + 1 : start, end));
}
