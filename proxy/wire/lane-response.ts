import { EventEmitter } from "node:events";
import { type OutgoingHttpHeader, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { invariant } from "#core/invariant.ts";
import { type CallerResponse, KEEP_ALIVE_MS } from "./caller-side.ts";
import { httpDate } from "./http-date.ts";

/** Beyond this, what waits to be sent goes to the socket as it is, instead of being put into one buffer first. */
const JOINED_BYTES_MAX = 64 * 1024;
/** The size of a chunk, what stands around it, and the last chunk. */
const FRAMING_BYTES_MAX = 32;
/** The status line and what is added to the headers that were set. */
const OWN_HEAD_BYTES_MAX = 256;
const TAB = 0x09;
const LAST_CHUNK = "0\r\n\r\n";

const CHUNKED_END = "transfer-encoding: chunked\r\n\r\n";
const KEPT_ALIVE = `connection: keep-alive\r\nkeep-alive: timeout=${KEEP_ALIVE_MS / 1000}\r\n`;

const DESK_BYTES = JOINED_BYTES_MAX + 8 * 1024;
/** Where what leaves in one piece is put together: one answer at a time, so one place is enough. */
let desk = Buffer.allocUnsafeSlow(DESK_BYTES);

type Phase = "open" | "ended" | "gone";

/**
 * The answer to a request on a lane. What is written within one turn leaves in one system call: head, pieces and end
 * together where they come together.
 */
export class LaneResponse extends EventEmitter implements CallerResponse {
  statusCode = 200;
  private readonly socket: Socket;
  private readonly ended: (keepsOpen: boolean) => void;
  /** In the order they were set; so few are found soonest by looking. */
  private readonly names: string[] = [];
  private readonly values: OutgoingHttpHeader[] = [];
  private phase: Phase = "open";
  private isHeadSent = false;
  private isChunked = false;
  private waiting: Uint8Array[] = [];
  private waitingBytes = 0;
  private isFlushDue = false;

  constructor(socket: Socket, ended: (keepsOpen: boolean) => void) {
    super();
    this.socket = socket;
    this.ended = ended;
  }

  get headersSent(): boolean {
    return this.isHeadSent;
  }

  get destroyed(): boolean {
    return this.phase === "gone" || this.socket.destroyed;
  }

  get writableFinished(): boolean {
    return this.phase === "ended" && this.socket.writableLength === 0;
  }

  get writableNeedDrain(): boolean {
    return this.socket.writableNeedDrain;
  }

  setHeader(name: string, value: number | string | readonly string[]): void {
    const at = this.names.indexOf(name);
    if (at !== -1) this.values[at] = value as OutgoingHttpHeader;
    else {
      this.names.push(name);
      this.values.push(value as OutgoingHttpHeader);
    }
  }

  removeHeader(name: string): void {
    const at = this.names.indexOf(name);
    if (at === -1) return;
    this.names.splice(at, 1);
    this.values.splice(at, 1);
  }

  getHeaderNames(): string[] {
    return [...this.names];
  }

  writeHead(status: number, headers: Record<string, OutgoingHttpHeader>): void {
    this.statusCode = status;
    for (const name in headers) this.setHeader(name, headers[name] as OutgoingHttpHeader);
  }

  flushHeaders(): void {
    if (!this.isHeadSent) this.flush(false);
  }

  write(bytes: Uint8Array | string): boolean {
    this.keep(bytes);
    if (!this.isFlushDue && this.phase === "open") {
      this.isFlushDue = true;
      process.nextTick(() => {
        this.isFlushDue = false;
        if (this.phase === "open" && this.waitingBytes > 0) this.flush(false);
      });
    }
    return !this.socket.writableNeedDrain;
  }

  end(bytes?: Uint8Array | string): void {
    if (this.phase !== "open") return;
    if (bytes !== undefined) this.keep(bytes);
    if (!this.isHeadSent && this.hasBody && this.header("content-length") === undefined)
      this.setHeader("content-length", this.waitingBytes);
    const keepsOpen = this.header("connection") !== "close";
    this.flush(true);
    this.phase = "ended";
    this.emit("finish");
    this.ended(keepsOpen);
  }

  /** Cuts the connection: what was sent is not the whole, and the caller must see that. */
  destroy(): void {
    this.socket.destroy();
  }

  /** The caller's connection is gone. */
  closed(): void {
    if (this.phase === "gone") return;
    const wasFinished = this.writableFinished;
    if (!wasFinished) this.phase = "gone";
    this.emit("close");
  }

  private header(name: string): OutgoingHttpHeader | undefined {
    const at = this.names.indexOf(name);
    return at === -1 ? undefined : this.values[at];
  }

  private keep(bytes: Uint8Array | string): void {
    const piece = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
    if (piece.length === 0 || this.phase !== "open") return;
    this.waiting.push(piece);
    this.waitingBytes += piece.length;
  }

  private flush(isEnd: boolean): void {
    const { waiting, waitingBytes, socket } = this;
    this.waiting = [];
    this.waitingBytes = 0;
    if (socket.destroyed) return;
    const headBytesMax = this.isHeadSent ? 0 : this.headBytesMax();
    if (waitingBytes > JOINED_BYTES_MAX) {
      this.flushApart(waiting, waitingBytes, headBytesMax, isEnd);
      return;
    }
    const length = headBytesMax + waitingBytes + FRAMING_BYTES_MAX;
    const all = length > desk.length ? Buffer.allocUnsafe(length) : desk;
    let at = this.isHeadSent ? 0 : this.putHead(all);
    if (this.isChunked && waitingBytes > 0) at = put(all, at, `${waitingBytes.toString(16)}\r\n`);
    for (const piece of waiting) {
      all.set(piece, at);
      at += piece.length;
    }
    at = put(all, at, this.framingAfter(waitingBytes, isEnd));
    socket.write(all.subarray(0, at));
    // What the operating system did not take at once stays where it is until it does.
    if (socket.writableLength > 0 && all === desk) desk = Buffer.allocUnsafeSlow(DESK_BYTES);
  }

  private flushApart(waiting: readonly Uint8Array[], waitingBytes: number, headBytesMax: number, isEnd: boolean): void {
    const { socket } = this;
    const front = Buffer.allocUnsafe(headBytesMax + FRAMING_BYTES_MAX);
    let at = this.isHeadSent ? 0 : this.putHead(front);
    if (this.isChunked) at = put(front, at, `${waitingBytes.toString(16)}\r\n`);
    const after = this.framingAfter(waitingBytes, isEnd);
    socket.cork();
    if (at > 0) socket.write(front.subarray(0, at));
    for (const piece of waiting) socket.write(piece);
    if (after !== "") socket.write(after, "latin1");
    socket.uncork();
  }

  private framingAfter(waitingBytes: number, isEnd: boolean): string {
    if (!this.isChunked) return "";
    return `${waitingBytes > 0 ? "\r\n" : ""}${isEnd ? LAST_CHUNK : ""}`;
  }

  private get hasBody(): boolean {
    return this.statusCode !== 204 && this.statusCode !== 304;
  }

  private headBytesMax(): number {
    let bytes = OWN_HEAD_BYTES_MAX;
    for (let at = 0; at < this.names.length; at++) {
      const name = this.names[at] as string;
      for (const one of allOf(this.values[at] as OutgoingHttpHeader)) bytes += name.length + one.length + 4;
    }
    return bytes;
  }

  /** Writes the head to the start of `target`; returns where it ends. */
  private putHead(target: Buffer): number {
    this.isHeadSent = true;
    const { names, values, statusCode } = this;
    this.isChunked = this.hasBody && this.header("content-length") === undefined;
    let at = put(target, 0, `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? "Unknown"}\r\n`);
    for (let position = 0; position < names.length; position++) {
      for (const one of allOf(values[position] as OutgoingHttpHeader)) {
        at = put(target, at, names[position] as string);
        at = put(target, at, ": ");
        at = putValue(target, at, one);
        at = put(target, at, "\r\n");
      }
    }
    if (this.header("date") === undefined) at = put(target, at, `date: ${httpDate()}\r\n`);
    if (this.header("connection") === undefined) at = put(target, at, KEPT_ALIVE);
    return put(target, at, this.isChunked ? CHUNKED_END : "\r\n");
  }
}

/** Writes Latin-1 text letter by letter: for texts as short as those of a head that beats the call of a copy. */
function put(target: Buffer, start: number, text: string): number {
  for (let at = 0; at < text.length; at++) target[start + at] = text.charCodeAt(at);
  return start + text.length;
}

function putValue(target: Buffer, start: number, value: string): number {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    const isAllowed = code === TAB || (code >= 0x20 && code <= 0x7e) || (code >= 0x80 && code <= 0xff);
    invariant(isAllowed, "a header value ends where it ends");
    target[start + at] = code;
  }
  return start + value.length;
}

/** One value is the rule. */
function allOf(value: OutgoingHttpHeader): readonly string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value : [String(value)];
}
