import { EventEmitter } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import type { BodySink, CallerRequest } from "./caller-side.ts";
import type { PlainRequest } from "./request-head.ts";

const EARLY_PIECES_MAX = 2;
/**
 * Spare bytes of a buffer, since the last read of a body must not fill it. A read that fills its buffer is followed by
 * one more, in case there is more.
 */
const SPARE_BYTES = 1;

/**
 * A request on the fast path. Its body goes into the buffers of `fill`, or is emitted as `data`, in order, once there
 * is a listener; then `end`.
 */
export class FastRequest extends EventEmitter implements CallerRequest {
  readonly method = "POST";
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly socket: Socket;
  readonly bodyBytes: number;
  private left: number;
  private early: Buffer[] = [];
  private intake: BodySink | null = null;
  /** The last buffer from the sink. */
  private lent: Uint8Array | null = null;
  private isListened = false;
  private hasEnded = false;

  constructor({ head, bodyBytes }: PlainRequest, socket: Socket) {
    super();
    this.url = head.url;
    this.headers = head.headers;
    this.socket = socket;
    this.bodyBytes = bodyBytes;
    this.left = bodyBytes;
  }

  get complete(): boolean {
    return this.left === 0;
  }

  fill(intake: BodySink): void {
    this.intake = intake;
    this.listen();
  }

  /** The buffer for the next bytes of the body; null when the sink has none. */
  room(): Uint8Array | null {
    this.lent = this.left === 0 || this.intake === null ? null : this.intake.room(this.left + SPARE_BYTES);
    return this.lent;
  }

  /** Reports `bytes` written to the last buffer. Returns those that are no part of the body any more. */
  filled(bytes: number): Buffer | null {
    const own = Math.min(bytes, this.left);
    const ahead = own === bytes || this.lent === null ? null : Buffer.from(this.lent.subarray(own, bytes));
    this.lent = null;
    this.left -= own;
    this.reportArrived(own);
    this.endIfWhole();
    return ahead;
  }

  /** Takes the bytes that belong to this body; returns their number. They are not kept: their memory is reused. */
  push(bytes: Buffer): number {
    const own = bytes.length <= this.left ? bytes : bytes.subarray(0, this.left);
    if (this.isListened) this.take(own);
    else this.keepEarly(Buffer.from(own));
    this.left -= own.length;
    this.endIfWhole();
    return own.length;
  }

  pause(): void {
    if (!this.complete) this.socket.pause();
  }

  /** Resumes reading, also without a listener: the bytes are dropped then. */
  resume(): void {
    this.listen();
  }

  override on(event: string, listener: (...args: never[]) => void): this {
    super.on(event, listener as (...args: unknown[]) => void);
    // Listeners for data and end are added together: buffered bytes wait until both are there.
    if (event === "data") process.nextTick(() => this.listen());
    return this;
  }

  private listen(): void {
    if (!this.isListened) {
      this.isListened = true;
      const { early } = this;
      this.early = [];
      for (const bytes of early) this.take(bytes);
      this.endIfWhole();
    }
    if (!this.socket.destroyed) this.socket.resume();
  }

  private take(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.intake === null) {
        this.emit("data", Buffer.from(bytes.subarray(at)));
        return;
      }
      const room = this.intake.room(bytes.length - at);
      room.set(bytes.subarray(at, at + room.length));
      at += room.length;
      this.reportArrived(room.length);
    }
  }

  /** Detaches a sink that wants no more: the rest is emitted as `data`. */
  private reportArrived(bytes: number): void {
    if (this.intake !== null && !this.intake.arrived(bytes)) this.intake = null;
  }

  /** Buffers a little without a listener; beyond that, backpressure leaves the bytes with the caller. */
  private keepEarly(bytes: Buffer): void {
    this.early.push(bytes);
    if (this.early.length > EARLY_PIECES_MAX) this.socket.pause();
  }

  private endIfWhole(): void {
    if (!this.complete || !this.isListened || this.hasEnded) return;
    this.hasEnded = true;
    this.intake?.ended();
    this.intake = null;
    this.emit("end");
  }
}
