import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { answerClientError } from "../server/client-error.ts";
import { callerSocket } from "./caller-socket.ts";
import { FastRequest } from "./fast-request.ts";
import { FastResponse } from "./fast-response.ts";
import { probeCaller } from "./half-close.ts";
import { handOver } from "./hand-over.ts";
import { HeadReader, type PlainRequest } from "./request-head.ts";

/** Timeouts for a caller, in milliseconds. */
export interface FastPathWaits {
  headMs: number;
  requestMs: number;
  keepAliveMs: number;
}

/** Owner of fast-path connections: serves their requests, and takes a connection that the fast path cannot read. */
export interface FastConnectionListener {
  /**
   * Begins to serve a request of the fast path and returns true; false leaves it to Node's parser. Called as soon as
   * the head is there.
   */
  serve(plain: PlainRequest, socket: Socket, open: () => { request: FastRequest; response: FastResponse }): boolean;
  /** Hands the connection to Node's parser. */
  parse(socket: Socket): void;
  gone(connection: FastHttpConnection): void;
}

const HEAD_BYTES_MAX = 16 * 1024;
/** Bytes of pipelined requests held here; more wait in the operating system. */
const AHEAD_BYTES_MAX = 64 * 1024;
/** Shared buffer of all connections for reads outside a body: heads and beginnings of bodies. Bytes to keep are copied. */
const FRONT = Buffer.allocUnsafeSlow(4 * 1024);
const BLANK_LINE = Buffer.from("\r\n\r\n");
const POST = Buffer.from("POST /");

/** Whether these bytes begin as a POST does, as far as they have arrived. Six bytes cost less than a call that compares. */
function startsLikePost(bytes: Uint8Array): boolean {
  const length = Math.min(POST.length, bytes.length);
  for (let at = 0; at < length; at++) if (bytes[at] !== POST[at]) return false;
  return true;
}

/**
 * One connection of model traffic, read without Node's HTTP machinery: that costs more than everything CCO does to a
 * request. Only plain requests are read here, one after the other; at the first head that is anything else the whole
 * connection goes to Node's own parser for good, with every byte it has not seen.
 */
export class FastHttpConnection {
  private readonly socket: Socket;
  private readonly listener: FastConnectionListener;
  private readonly heads = new HeadReader();
  private pending: Buffer | null = null;
  private request: FastRequest | null = null;
  private response: FastResponse | null = null;
  private isOver = false;
  /** Since when the rest of a head, of a request, or a new request is due. */
  private owedSince = performance.now();
  private hasServed = false;
  /** Whether the last response of this connection is written: later bytes are dropped. */
  private isLast = false;
  /** The request whose body the next bytes are read into; null when they go to the shared buffer. */
  private filling: FastRequest | null = null;
  /** Whether the caller has sent its last byte; it may still be reading. */
  private hasEnded = false;
  private readonly onEnd = () => this.ended();
  private readonly onClose = () => this.closed();
  private readonly onError = () => {};
  private readonly onDrain = () => this.response?.emit("drain");

  /** Takes over a connection that a server has accepted; null when it cannot be, and is still the server's. */
  static on(accepted: Socket, listener: FastConnectionListener): FastHttpConnection | null {
    let connection: FastHttpConnection | null = null;
    const room = () => connection?.room() ?? FRONT;
    const socket = callerSocket(accepted, { room, arrived: (length) => connection?.arrived(length) ?? false });
    if (socket !== null) connection = new FastHttpConnection(socket, listener);
    return connection;
  }

  private constructor(socket: Socket, listener: FastConnectionListener) {
    this.socket = socket;
    this.listener = listener;
    socket.on("end", this.onEnd);
    socket.on("close", this.onClose);
    socket.on("error", this.onError);
    socket.on("drain", this.onDrain);
  }

  get isIdle(): boolean {
    return this.request === null && this.pending === null;
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Checks the timeouts, at intervals: no caller may hold a connection by sending next to nothing. */
  checkWaits(now: number, { headMs, requestMs, keepAliveMs }: FastPathWaits): void {
    const waited = now - this.owedSince;
    if (this.request !== null) {
      if (!this.request.complete && waited > requestMs) this.tooSlow();
    } else if (this.pending !== null || !this.hasServed) {
      if (waited > headMs) this.tooSlow();
    } else if (waited > keepAliveMs) this.socket.destroy();
  }

  private room(): Uint8Array {
    const room = this.request?.room() ?? null;
    this.filling = room === null ? null : this.request;
    return room ?? FRONT;
  }

  private arrived(length: number): boolean {
    if (this.isOver) return this.socket.push(Buffer.from(FRONT.subarray(0, length)));
    if (this.filling === null) this.read(FRONT.subarray(0, length));
    else {
      const ahead = this.filling.filled(length);
      if (ahead !== null) this.keepAhead(ahead);
    }
    return true;
  }

  /** `bytes` lie in memory that is reused. */
  private read(bytes: Buffer): void {
    if (this.isLast) return;
    const { request } = this;
    if (request !== null && !request.complete) {
      const taken = request.push(bytes);
      if (taken < bytes.length) this.keepAhead(bytes.subarray(taken));
    } else if (request !== null) this.keepAhead(bytes);
    else this.readHead(this.pending === null ? bytes : Buffer.concat([this.pending, bytes]));
  }

  private keepAhead(bytes: Buffer): void {
    this.pending = this.pending === null ? Buffer.from(bytes) : Buffer.concat([this.pending, bytes]);
    if (this.pending.length > AHEAD_BYTES_MAX) this.socket.pause();
  }

  private readHead(bytes: Buffer): void {
    if (this.pending === null) this.owedSince = performance.now();
    const end = bytes.indexOf(BLANK_LINE);
    const headBytes = end === -1 ? bytes.length : end;
    if (!startsLikePost(bytes) || headBytes > HEAD_BYTES_MAX) {
      this.handOver(bytes);
      return;
    }
    if (end === -1) {
      this.pending = Buffer.from(bytes);
      return;
    }
    const plain = this.heads.read(bytes, end);
    this.pending = null;
    if (plain === null || !this.listener.serve(plain, this.socket, () => this.open(plain))) {
      this.handOver(bytes);
      return;
    }
    this.hasServed = true;
    if (bytes.length > end + BLANK_LINE.length) this.read(bytes.subarray(end + BLANK_LINE.length));
  }

  private open(plain: PlainRequest): { request: FastRequest; response: FastResponse } {
    const request = new FastRequest(plain, this.socket);
    const response = new FastResponse(this.socket, (keepsOpen) => this.answered(keepsOpen));
    this.request = request;
    this.response = response;
    return { request, response };
  }

  /**
   * After the caller's end, whole requests still get their response, including pipelined ones; an incomplete one does
   * not.
   */
  private ended(): void {
    const { request, response, pending } = this;
    this.hasEnded = true;
    if (response === null && pending === null) this.socket.end();
    else if (response === null || request?.complete !== true) this.socket.destroy();
    else probeCaller(response, true); // the fast path takes nothing older than HTTP/1.1
  }

  private answered(keepsOpen: boolean): void {
    const isWhole = this.request?.complete === true;
    this.request = null;
    this.response = null;
    this.owedSince = performance.now();
    if (!keepsOpen || !isWhole) {
      this.isLast = true;
      this.pending = null;
      this.socket.resume();
      this.socket.end();
      return;
    }
    const ahead = this.pending;
    this.pending = null;
    this.socket.resume();
    if (ahead !== null) process.nextTick(() => this.readAhead(ahead));
    else if (this.hasEnded) this.socket.end();
  }

  private readAhead(bytes: Buffer): void {
    if (this.isOver) return;
    this.read(bytes);
    if (this.hasEnded && !this.isOver) this.ended();
  }

  private handOver(unread: Buffer): void {
    const { socket } = this;
    this.leave();
    handOver(socket, Buffer.from(unread), this.hasEnded, this.listener.parse);
  }

  private tooSlow(): void {
    answerClientError(Object.assign(new Error("too slow"), { code: "ERR_HTTP_REQUEST_TIMEOUT" }), this.socket);
    this.socket.destroySoon();
  }

  private closed(): void {
    const { request, response } = this;
    this.leave();
    response?.closed();
    request?.emit("close");
  }

  private leave(): void {
    const { socket } = this;
    this.isOver = true;
    socket.off("end", this.onEnd);
    socket.off("close", this.onClose);
    socket.off("error", this.onError);
    socket.off("drain", this.onDrain);
    this.listener.gone(this);
  }
}
