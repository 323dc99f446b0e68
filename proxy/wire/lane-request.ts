import { EventEmitter } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import type { CallerRequest } from "./caller-side.ts";
import type { PlainHead } from "./request-head.ts";

const EARLY_PIECES_MAX = 2;

/** A request on a lane. Its body comes as `data`, in order, once somebody listens; then `end`. */
export class LaneRequest extends EventEmitter implements CallerRequest {
  readonly method = "POST";
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly socket: Socket;
  private left: number;
  private early: Buffer[] = [];
  private isListened = false;
  private hasEnded = false;

  constructor({ url, headers, bodyBytes }: PlainHead, socket: Socket) {
    super();
    this.url = url;
    this.headers = headers;
    this.socket = socket;
    this.left = bodyBytes;
  }

  get complete(): boolean {
    return this.left === 0;
  }

  /** Takes what belongs to this body; returns how many bytes that was. */
  push(bytes: Buffer): number {
    const own = bytes.length <= this.left ? bytes : bytes.subarray(0, this.left);
    this.left -= own.length;
    if (this.isListened) this.emit("data", own);
    else this.keepEarly(own);
    this.endIfWhole();
    return own.length;
  }

  pause(): void {
    if (!this.complete) this.socket.pause();
  }

  /** Reads on, also when nobody listens: what comes then is dropped. */
  resume(): void {
    this.listen();
  }

  override on(event: string, listener: (...args: never[]) => void): this {
    super.on(event, listener as (...args: unknown[]) => void);
    // Listeners for data and end are put on together: what is there already waits until both are.
    if (event === "data") process.nextTick(() => this.listen());
    return this;
  }

  private listen(): void {
    if (!this.isListened) {
      this.isListened = true;
      const early = this.early;
      this.early = [];
      for (const bytes of early) this.emit("data", bytes);
      this.endIfWhole();
    }
    if (!this.socket.destroyed) this.socket.resume();
  }

  /** Nobody wants it yet: beyond a little, the caller's machine holds it until somebody does. */
  private keepEarly(bytes: Buffer): void {
    this.early.push(bytes);
    if (this.early.length > EARLY_PIECES_MAX) this.socket.pause();
  }

  private endIfWhole(): void {
    if (!this.complete || !this.isListened || this.hasEnded) return;
    this.hasEnded = true;
    this.emit("end");
  }
}
