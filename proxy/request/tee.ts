// Long because every way in which a response can end meets the same bytes that are held, sent or waiting.

import { performance } from "node:perf_hooks";
import type { Linked } from "#core/linked-list.ts";
import { ModelRestorer, restoreModelInJson } from "#core/protocol/restore-model.ts";
import { totalLength } from "#core/protocol/splice.ts";
import type { CallerResponse } from "../http1/caller-side.ts";
import type { Exchange } from "../upstream/client.ts";
import type { AnswerSink } from "../upstream/decode.ts";
import type { RequestContext } from "./context.ts";
import { Meter } from "./usage-meter.ts";

/** Callbacks of the tee. */
interface TeeListener {
  /** Called when the stream has named its prompt tokens. */
  started(ctx: RequestContext): void;
  /**
   * Called before the last bytes, which wait until the record is on disk. Null, and not a promise, where there is
   * nothing to wait for: the last bytes then leave in the same turn of the event loop, in one write with the others
   * (`tests/proxy/ledger/record-first.test.ts`).
   */
  ending(ctx: RequestContext): Promise<void> | null;
}

/** Size up to which a response that is no stream is held whole; larger ones pass through unread. */
const JSON_BYTES_MAX = 32 * 1024 * 1024;
/**
 * How long the head of a stream waits for the first byte. A provider that breaks off meanwhile is a 502, which clients
 * repeat; behind a head that has left it is a torn answer. No longer, since some clients limit the wait for a head.
 */
const HEAD_HELD_MS = 1_000;
const PING = Buffer.from('event: ping\ndata: {"type": "ping"}\n\n');
/** A line that every reader of server-sent events skips, also between the lines of one event. */
const COMMENT = Buffer.from(": keep-alive\n");
const LF = 0x0a;

/**
 * Sends a response to the caller while the meter reads along. Bytes go on as they arrive, one chunk at a time.
 * Backpressure: a slow caller slows the provider down; a caller who leaves stops it; a provider that fails breaks the
 * caller's connection too, because a clean end would present a torn response as a whole one.
 */
export class Tee implements AnswerSink, Linked<Tee> {
  before: Tee | null = null;
  after: Tee | null = null;
  readonly done: Promise<void>;
  private readonly ctx: RequestContext;
  private readonly exchange: Exchange;
  private readonly response: CallerResponse;
  private readonly listener: TeeListener;
  private readonly meter = new Meter();
  private readonly restorer: ModelRestorer | null;
  /** The asked model's name when the response names another one. */
  private readonly restoreTo: string | null;
  private held: Buffer[] | null;
  private hasSent = false;
  private isOver = false;
  private hasStarted = false;
  private lastByteAt = performance.now();
  /** The last byte passed on. A line that has not begun counts as one that has ended. */
  private lastByte = LF;
  /** Since when the caller has taken no byte, while some wait; null: it reads. */
  private stalledSince: number | null = null;
  /** Chunks that wait until the record is on disk; null while nothing has to wait. */
  private tail: { chunks: Uint8Array[]; last: () => void } | null = null;
  private resolve: () => void = () => {};

  constructor(
    ctx: RequestContext,
    exchange: Exchange,
    response: CallerResponse,
    listener: TeeListener,
    restoreTo: string | null,
  ) {
    this.ctx = ctx;
    this.exchange = exchange;
    this.response = response;
    this.listener = listener;
    this.restoreTo = restoreTo;
    this.restorer = ctx.head.isStream && restoreTo !== null ? new ModelRestorer(restoreTo) : null;
    this.held = ctx.head.isStream ? null : [];
    this.done = new Promise((resolve) => {
      this.resolve = resolve;
    });
    ctx.delivery.meter = this.meter;
    response.on("drain", () => {
      this.stalledSince = null;
      exchange.resume();
    });
    response.on("probe", () => this.pingIfSilent(performance.now(), 0));
    exchange.attach(this);
    // As a rule head and first chunk come together, and then no timer is made.
    if (ctx.head.isStream && !this.hasSent && !this.isOver) setImmediate(() => this.holdHead());
  }

  chunk(bytes: Buffer): boolean {
    if (this.isOver) return true;
    this.ctx.recorder?.push(bytes);
    this.lastByteAt = performance.now();
    this.ctx.delivery.chunkTimes?.note(this.lastByteAt);
    if (this.held !== null) return this.hold(bytes, this.held);
    if (this.ctx.head.isStream) this.read(bytes);
    return this.send(this.restorer === null ? [bytes] : this.restorer.push(bytes, this.meter.startSpan));
  }

  end(): void {
    if (this.isOver) return;
    if (this.held !== null) this.endHeld(this.held);
    else this.endStream();
  }

  broken(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.ctx.recorder?.torn();
    this.ctx.delivery.upstreamBroke = !this.ctx.delivery.isComplete;
    this.meter.end();
    // Where nothing has left, the caller can still be sent an error message.
    if (this.hasSent || this.response.headersSent) {
      if (this.tail === null) {
        this.writeDown();
        this.response.destroy();
      } else this.afterTail(() => process.nextTick(() => this.response.destroy()));
    }
    this.resolve();
  }

  /**
   * Keeps a silent stream open while the provider thinks. It sends an event between two events, and a comment behind
   * any whole line. Within a line nothing can be put.
   */
  pingIfSilent(now: number, silentMs: number): void {
    const { head, delivery } = this.ctx;
    if (!head.isStream || delivery.isComplete || this.isOver || now - this.lastByteAt < silentMs) return;
    const isBetweenEvents = this.meter.isBetweenEvents;
    if (!this.hasSent || (!isBetweenEvents && this.lastByte !== LF) || this.response.writableNeedDrain) return;
    this.lastByteAt = now;
    this.response.write(isBetweenEvents ? PING : COMMENT);
  }

  /** Limits how long a caller who keeps the connection but reads nothing may hold up the provider's response. */
  cutIfStalled(now: number, stalledMs: number): void {
    if (this.isOver || this.stalledSince === null || now - this.stalledSince < stalledMs) return;
    this.response.destroy();
  }

  private get contentType(): string {
    return String(this.exchange.headers["content-type"] ?? "application/json");
  }

  private holdHead(): void {
    if (!this.hasSent && !this.isOver) setTimeout(() => this.sendHead(), HEAD_HELD_MS).unref();
  }

  private sendHead(): void {
    if (!this.isOver && !this.response.headersSent && !this.response.destroyed) this.response.flushHeaders();
    this.hasSent = true;
  }

  private read(bytes: Buffer): void {
    const { meter, ctx } = this;
    meter.push(bytes);
    if (!this.hasStarted && meter.hasStarted) {
      this.hasStarted = true;
      // Before these bytes leave, but not for a response that arrives in one piece: its end holds everything.
      process.nextTick(() => this.listener.started(ctx));
    }
    if (meter.isComplete && !ctx.delivery.isComplete) {
      ctx.delivery.isComplete = true;
      ctx.delivery.responseBytes += bytes.length;
      this.writeDown();
      ctx.delivery.responseBytes -= bytes.length;
    }
  }

  /** From here on nothing is sent before the record is on disk. */
  private writeDown(): void {
    const written = this.listener.ending(this.ctx);
    if (written === null) return;
    this.tail = { chunks: [], last: () => {} };
    void written.then(() => this.sendTail());
  }

  private sendTail(): void {
    const { tail } = this;
    this.tail = null;
    if (tail === null) return;
    this.response.holdWrites?.();
    for (const chunk of tail.chunks) this.response.write(chunk);
    tail.last();
    this.response.sendHeldWrites?.();
  }

  private afterTail(last: () => void): void {
    if (this.tail === null) last();
    else this.tail.last = last;
  }

  private send(chunks: readonly Uint8Array[]): boolean {
    let canTakeMore = true;
    for (const chunk of chunks) {
      if (chunk.length === 0) continue;
      this.hasSent = true;
      this.lastByte = chunk[chunk.length - 1] as number;
      this.ctx.delivery.responseBytes += chunk.length;
      if (this.tail === null) canTakeMore = this.response.write(chunk);
      else this.tail.chunks.push(chunk);
    }
    if (!canTakeMore) this.stalledSince ??= performance.now();
    return canTakeMore;
  }

  private endStream(): void {
    const { meter, ctx } = this;
    if (this.restorer !== null) this.send(this.restorer.end());
    meter.end();
    // Clients take a stream for finished once they know why it stopped, with or without a last event.
    if (!ctx.head.isStream || meter.isComplete || meter.stopReason !== null) ctx.delivery.isComplete = true;
    this.finish();
  }

  private hold(bytes: Buffer, held: Buffer[]): boolean {
    held.push(bytes);
    this.ctx.delivery.responseBytes += bytes.length;
    if (this.ctx.delivery.responseBytes <= JSON_BYTES_MAX) return true;
    this.held = null;
    this.ctx.delivery.responseBytes = 0;
    return this.send(held);
  }

  private endHeld(held: Buffer[]): void {
    const { ctx, response } = this;
    const whole = held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held);
    const fields = this.meter.readJson(whole, ctx.head.status);
    ctx.delivery.isComplete = true;
    const restored =
      this.restoreTo !== null && ctx.head.status < 300 ? restoreModelInJson(whole, this.restoreTo, fields) : [whole];
    if (ctx.head.status !== 204 && ctx.head.status !== 304) response.setHeader("content-length", totalLength(restored));
    this.finish(restored);
  }

  /** Ends with these pieces. They are not joined: the response does that where it is worth it. */
  private finish(pieces: readonly Uint8Array[] = []): void {
    this.writeDown();
    this.isOver = true;
    this.afterTail(() => {
      for (const piece of pieces.slice(0, -1)) this.response.write(piece);
      this.response.end(pieces.at(-1));
      this.ctx.recorder?.whole(this.contentType);
      this.resolve();
    });
  }

  /** Handles the loss of the caller's connection: before the response has ended, it ends the provider's work too. */
  clientClosed(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.ctx.recorder?.torn();
    this.ctx.delivery.clientLeft = true;
    this.ctx.delivery.hasStatus = this.hasSent || this.response.headersSent;
    this.meter.end();
    this.exchange.abort();
    this.resolve();
  }
}
