import { EventEmitter } from "node:events";
import { type OutgoingHttpHeader, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { type CallerResponse, KEEP_ALIVE_MS } from "./caller-side.ts";

/** Size beyond which queued bytes go to the socket unchanged, instead of being copied into one buffer first. */
const JOINED_BYTES_MAX = 64 * 1024;
const FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/;
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
const LAST_CHUNK = "0\r\n\r\n";

const KEPT_ALIVE = `connection: keep-alive\r\nkeep-alive: timeout=${KEEP_ALIVE_MS / 1000}\r\n`;

const SCRATCH_BYTES = JOINED_BYTES_MAX + 8 * 1024;
/** Shared scratch buffer for a write in one piece: one response is written at a time. */
let scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

type Phase = "open" | "ended" | "gone";

/**
 * The response to a request on the fast path. Writes of one turn are batched into one system call: head, pieces and end
 * together where they come together.
 */
export class FastResponse extends EventEmitter implements CallerResponse {
  statusCode = 200;
  private readonly socket: Socket;
  private readonly ended: (keepsOpen: boolean) => void;
  /** Headers in the order they were set; a linear search is fastest for so few. */
  private readonly names: string[] = [];
  private readonly values: OutgoingHttpHeader[] = [];
  private phase: Phase = "open";
  private isHeadSent = false;
  private isChunked = false;
  private waiting: Uint8Array[] = [];
  private waitingBytes = 0;
  private isFlushDue = false;
  private isHeld = false;

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

  writeContinue(): void {
    if (!this.isHeadSent && this.phase === "open" && !this.socket.destroyed) this.socket.write(CONTINUE, "latin1");
  }

  write(bytes: Uint8Array | string): boolean {
    this.keep(bytes);
    if (!this.isFlushDue && !this.isHeld && this.phase === "open") {
      this.isFlushDue = true;
      process.nextTick(() => {
        this.isFlushDue = false;
        this.flushWaiting();
      });
    }
    return !this.socket.writableNeedDrain;
  }

  holdWrites(): void {
    this.isHeld = true;
  }

  sendHeldWrites(): void {
    this.isHeld = false;
    this.flushWaiting();
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

  /** Handles the loss of the caller's connection. */
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

  private flushWaiting(): void {
    if (this.phase === "open" && this.waitingBytes > 0) this.flush(false);
  }

  private flush(isEnd: boolean): void {
    const { waiting, waitingBytes, socket } = this;
    this.waiting = [];
    this.waitingBytes = 0;
    if (socket.destroyed) return;
    const head = this.isHeadSent ? "" : this.headText();
    if (head === null) {
      this.destroy();
      return;
    }
    const before = this.isChunked && waitingBytes > 0 ? `${waitingBytes.toString(16)}\r\n` : "";
    const after = `${before === "" ? "" : "\r\n"}${isEnd && this.isChunked ? LAST_CHUNK : ""}`;
    const front = head + before;
    if (waitingBytes <= JOINED_BYTES_MAX) {
      const length = front.length + waitingBytes + after.length;
      const all = length > scratch.length ? Buffer.allocUnsafe(length) : scratch.subarray(0, length);
      let at = all.write(front, 0, "latin1");
      for (const piece of waiting) {
        all.set(piece, at);
        at += piece.length;
      }
      all.write(after, at, "latin1");
      socket.write(all);
      // Bytes that the operating system did not take at once stay in place until it does.
      if (socket.writableLength > 0 && length <= scratch.length) scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
      return;
    }
    socket.cork();
    if (front !== "") socket.write(front, "latin1");
    for (const piece of waiting) socket.write(piece);
    if (after !== "") socket.write(after, "latin1");
    socket.uncork();
  }

  private get hasBody(): boolean {
    return this.statusCode !== 204 && this.statusCode !== 304;
  }

  /**
   * The bytes of the head; null for one that would end elsewhere than it declares. A flush may run without a caller who
   * catches: nothing is thrown.
   */
  private headText(): string | null {
    this.isHeadSent = true;
    const { names, values, statusCode } = this;
    this.isChunked = this.hasBody && this.header("content-length") === undefined;
    let text = `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? "Unknown"}\r\n`;
    let lines = "";
    for (let at = 0; at < names.length; at++) {
      const value = values[at] as OutgoingHttpHeader;
      if (Array.isArray(value)) {
        for (const one of value) text += `${names[at]}: ${one}\r\n`;
        lines += value.join("");
      } else {
        text += `${names[at]}: ${value}\r\n`;
        lines += value;
      }
    }
    if (FORBIDDEN.test(lines)) return null;
    if (this.header("date") === undefined) text += `date: ${httpDate()}\r\n`;
    if (this.header("connection") === undefined) text += KEPT_ALIVE;
    return `${text}${this.isChunked ? "transfer-encoding: chunked\r\n" : ""}\r\n`;
  }
}

let dateText = "";
let dateSecond = 0;

/** The Date header, formatted once a second. */
function httpDate(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(second * 1000).toUTCString();
  }
  return dateText;
}
