import type { IncomingHttpHeaders } from "node:http";
import type { Connection, ResponseHandler } from "../http1/connection.ts";
import { ConnectionPool } from "../http1/connection-pool.ts";
import { type OutgoingBody, type RequestHead, requestParts } from "../http1/request-parts.ts";
import { Breaker } from "./breaker.ts";
import { type AnswerSink, decoding, isDecodable } from "./decode.ts";
import { toAnswerFailure, toConnectFailure, UpstreamFailure } from "./failure.ts";

/** Timeouts, in milliseconds. Claude Code itself gives up after 600 s without a first byte and 300 s of silence. */
export interface UpstreamTimeouts {
  connectMs: number;
  firstByteMs: number;
  idleMs: number;
}

export const UPSTREAM_TIMEOUTS: UpstreamTimeouts = { connectMs: 10_000, firstByteMs: 600_000, idleMs: 310_000 };

/** Idle timeout, shorter than the one of the provider's front. The front then never closes a socket under a request. */
const KEEP_ALIVE_MS = 20_000;

interface UpstreamRequest extends RequestHead {
  body: OutgoingBody | null;
}

/**
 * Client for the one origin that model traffic goes to, set by the operator at start. Redirects are not followed,
 * nothing is retried once a byte was sent, compressed responses are not requested.
 */
export class Upstream {
  private readonly pool: ConnectionPool;
  private readonly origin: { path: string; host: string };
  private readonly breaker: Breaker;

  constructor(url: URL, timeouts: UpstreamTimeouts = UPSTREAM_TIMEOUTS, breaker = new Breaker()) {
    this.breaker = breaker;
    this.origin = { path: url.pathname.replace(/\/(v1\/?)?$/, ""), host: url.host };
    this.pool = new ConnectionPool(url, { ...timeouts, keepAliveMs: KEEP_ALIVE_MS });
  }

  /** Sends a request; resolves with the head of the response. A connection that could not be made is tried once more. */
  async send(request: UpstreamRequest, onExchange: (exchange: Exchange) => void): Promise<Exchange> {
    const exchange = new Exchange();
    onExchange(exchange);
    const connection = this.pool.take() ?? (await this.connect());
    if (!exchange.begin(connection)) this.pool.keep(connection);
    else connection.send(request.method, requestParts(request, request.body, this.origin), exchange);
    return exchange.head;
  }

  close(): void {
    this.pool.close();
  }

  private async connect(): Promise<Connection> {
    this.breaker.guard();
    try {
      return await this.connectOnce();
    } catch (problem) {
      const isWorthAnother = problem instanceof UpstreamFailure && problem.isWorthAnother;
      if (!isWorthAnother || this.breaker.isOpen) throw problem;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return this.connectOnce();
    }
  }

  private async connectOnce(): Promise<Connection> {
    try {
      const connection = await this.pool.connect();
      this.breaker.connected();
      return connection;
    } catch (problem) {
      this.breaker.failed();
      throw toConnectFailure(problem as Error);
    }
  }
}

/** One request to the provider and its response. Chunks that arrive before a sink is attached are queued in order. */
export class Exchange implements ResponseHandler {
  readonly head: Promise<Exchange>;
  status = 0;
  headers: IncomingHttpHeaders = {};
  private connection: Connection | null = null;
  private hasBegun = false;
  private sink: AnswerSink | null = null;
  private coding: Parameters<typeof decoding>[0] | null = null;
  /** Received chunks that wait for the sink. Read-only. */
  early: Buffer[] = [];
  private watcher: (() => void) | null = null;
  private isEnded = false;
  private failure: Error | null = null;
  private abortReason: Error | null = null;
  private resolveHead: (exchange: Exchange) => void = () => {};
  private rejectHead: (problem: Error) => void = () => {};

  constructor() {
    this.head = new Promise((resolve, reject) => {
      this.resolveHead = resolve;
      this.rejectHead = reject;
    });
    this.head.catch(() => {}); // the sender handles the rejection; an abandoned one must not end the process
  }

  /** Attaches a connection. False when the request was cancelled: then nothing may be sent. */
  begin(connection: Connection): boolean {
    if (this.abortReason !== null) return false;
    this.connection = connection;
    this.hasBegun = true;
    return true;
  }

  /** Whether no byte of the request is queued here. The operating system has all of it, or the connection is over. */
  get isSent(): boolean {
    return this.hasBegun && (this.connection === null || this.connection.isSent);
  }

  /** Whether the provider has got some of the request, and has not refused it. */
  get mayCost(): boolean {
    return this.hasBegun && this.status < 400;
  }

  /** Whether the body has a coding that is removed before it reaches the sink. */
  get isCoded(): boolean {
    return this.coding !== null;
  }

  /** Whether the response is over: no more bytes will arrive. */
  get isOver(): boolean {
    return this.isEnded || this.failure !== null;
  }

  /** Sets the listener that is called for each new chunk and at the end; null removes it. */
  watch(watcher: (() => void) | null): void {
    this.watcher = watcher;
  }

  attach(target: AnswerSink): void {
    const sink = this.coding === null ? target : decoding(this.coding, target);
    this.sink = sink;
    const early = this.early;
    this.early = [];
    for (const chunk of early) if (!sink.chunk(chunk)) this.pause();
    if (this.failure !== null) sink.broken(this.failure);
    else if (this.isEnded) sink.end();
  }

  pause(): void {
    this.connection?.pause();
  }

  resume(): void {
    this.connection?.resume();
  }

  /**
   * Drains an unwanted response: its bytes are read and dropped, so that the connection can serve the next request. One
   * that still has parts of the request to send is ended instead: from now on those bytes are the caller's again.
   */
  discard(): void {
    if (this.connection?.isSent === false) this.abort();
    else this.attach({ chunk: () => true, end: () => {}, broken: () => {} });
  }

  /** Cancels the request: the provider stops working (and billing). */
  abort(): void {
    this.abortReason ??= new Error("aborted by the proxy");
    if (this.connection === null) this.failed(this.abortReason);
    else this.connection.abort(this.abortReason);
  }

  answered(status: number, headers: IncomingHttpHeaders): void {
    this.status = status;
    const coding = headers["content-encoding"];
    if (coding !== undefined && isDecodable(coding)) {
      this.coding = coding;
      const { "content-encoding": _coding, ...rest } = headers;
      this.headers = rest;
    } else this.headers = headers;
    this.resolveHead(this);
  }

  received(chunk: Buffer): void {
    if (this.sink === null) {
      this.early.push(chunk);
      this.watcher?.();
    } else if (!this.sink.chunk(chunk)) this.pause();
  }

  ended(): void {
    this.connection = null;
    this.isEnded = true;
    this.sink?.end();
    this.watcher?.();
  }

  failed(problem: Error): void {
    this.connection = null;
    this.failure = problem;
    if (this.status === 0) this.rejectHead(toAnswerFailure(problem));
    else this.sink?.broken(problem);
    this.watcher?.();
  }
}
