import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import httpProxy from "http-proxy";
import { type Dispatcher, Pool } from "undici";
import { decoding, isDecodable } from "./decode.ts";
import { flat } from "./headers.ts";
import { failureOf, UpstreamFailure } from "./upstream-failure.ts";

/** Waits, in milliseconds. Claude Code itself gives up after 600 s without a first byte and 300 s of silence. */
export interface UpstreamTimeouts {
  connectMs: number;
  firstByteMs: number;
  idleMs: number;
}

export const UPSTREAM_TIMEOUTS: UpstreamTimeouts = { connectMs: 10_000, firstByteMs: 600_000, idleMs: 310_000 };

/** Idle sockets are closed before the provider's front closes them under a request. */
const KEEP_ALIVE_MS = 20_000;

export interface UpstreamRequest {
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array | null;
}

/** What takes the answer's body in. `chunk` returns false to be asked for a pause. */
export interface AnswerSink {
  chunk(bytes: Buffer): boolean;
  end(): void;
  /** The transport broke off: what came is not the whole. */
  broken(problem: Error): void;
}

/**
 * The one origin model traffic goes to, given by the operator at start. Redirects are not followed, nothing is retried
 * once a byte was sent, compressed answers are not asked for.
 *
 * Messages go through undici: against `node:http` it took 30 % less CPU for 1 kB bodies and 15 % less for 150 kB ones.
 */
export class Upstream {
  private readonly pool: Pool;
  private readonly basePath: string;

  constructor(url: URL, timeouts: UpstreamTimeouts = UPSTREAM_TIMEOUTS) {
    this.basePath = url.pathname.replace(/\/(v1\/?)?$/, "");
    this.pool = new Pool(url.origin, {
      connect: { timeout: timeouts.connectMs },
      headersTimeout: timeouts.firstByteMs,
      bodyTimeout: timeouts.idleMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: 10 * 60_000,
      pipelining: 1,
      connections: null,
    });
  }

  /** Sends a request; resolves when the answer's head is there. A connection that could not be made is tried once more. */
  async send(request: UpstreamRequest, onExchange: (exchange: Exchange) => void): Promise<Exchange> {
    try {
      return await this.attempt(request, onExchange);
    } catch (problem) {
      if (!(problem instanceof UpstreamFailure) || !problem.isUnsent || problem.isFinal) throw problem;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return this.attempt(request, onExchange);
    }
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }

  private attempt(request: UpstreamRequest, onExchange: (exchange: Exchange) => void): Promise<Exchange> {
    const exchange = new Exchange();
    onExchange(exchange);
    this.pool.dispatch(
      {
        path: this.basePath + request.path,
        method: request.method as Dispatcher.HttpMethod,
        headers: flat(request.headers),
        body: request.body,
      },
      exchange,
    );
    return exchange.head;
  }
}

/** One request to the provider and its answer. Chunks that come before somebody listens wait in order. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly head: Promise<Exchange>;
  status = 0;
  headers: IncomingHttpHeaders = {};
  private controller: Dispatcher.DispatchController | null = null;
  private sink: AnswerSink | null = null;
  private coding: Parameters<typeof decoding>[0] | null = null;
  private early: Buffer[] = [];
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
    this.head.catch(() => {}); // whoever sent it listens too; an abandoned one must not end the process
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
    this.controller?.pause();
  }

  resume(): void {
    if (this.controller?.paused) this.controller.resume();
  }

  /** The answer is of no use: its bytes are read and dropped, so that the connection can serve the next request. */
  discard(): void {
    this.attach({ chunk: () => true, end: () => {}, broken: () => {} });
  }

  /** Takes the request back: the provider stops working (and billing) for nobody. */
  abort(): void {
    this.abortReason ??= new Error("aborted by the proxy");
    this.controller?.abort(this.abortReason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.abortReason !== null) controller.abort(this.abortReason);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.status = status;
    const { "content-encoding": coding, ...rest } = headers;
    this.coding = coding !== undefined && isDecodable(coding) ? coding : null;
    this.headers = this.coding === null ? headers : rest;
    this.resolveHead(this);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.sink === null) this.early.push(chunk);
    else if (!this.sink.chunk(chunk)) this.pause();
  }

  onResponseEnd(): void {
    this.isEnded = true;
    this.sink?.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, problem: Error): void {
    this.failure = problem;
    if (this.status === 0) this.rejectHead(failureOf(problem));
    else this.sink?.broken(problem);
  }
}

/** What a carried request tells its owner. */
export interface CarryListener {
  /** The answer's head may still be changed. Return false when the request was answered otherwise. */
  head(answer: IncomingMessage): boolean;
  chunk(bytes: number): void;
  /** No answer came. */
  failed(problem: Error): void;
  /** The answer broke off in its middle; the caller's side was cut too. */
  broken(): void;
}

/**
 * Carries whole requests to one fixed origin, body and all, through `http-proxy`: the console, and model endpoints
 * whose bodies are not ours to read. The library is given only what the guard has let through.
 */
export class Carrier {
  private readonly proxy: httpProxy;
  private readonly listeners = new WeakMap<IncomingMessage, CarryListener>();

  constructor(url: URL, { changeOrigin, timeoutMs }: { changeOrigin: boolean; timeoutMs: number }) {
    const options = { keepAlive: true, maxFreeSockets: 64, scheduling: "lifo" as const };
    this.proxy = httpProxy.createProxyServer({
      target: url.origin + url.pathname.replace(/\/(v1\/?)?$/, ""),
      agent: url.protocol === "https:" ? new HttpsAgent(options) : new HttpAgent(options),
      changeOrigin,
      secure: true,
      xfwd: false,
      followRedirects: false,
      proxyTimeout: timeoutMs,
    });
    this.proxy.on("proxyReq", (outgoing, request, response) => {
      // The library notices only callers that leave while still sending.
      response.on("close", () => outgoing.destroy());
      outgoing.on("socket", (socket) => socket.setNoDelay(true));
      request.on("error", () => outgoing.destroy());
    });
    this.proxy.on("proxyRes", (answer, request, response) => this.onHead(answer, request, response));
    this.proxy.on("error", (problem, request) => this.listeners.get(request)?.failed(problem));
  }

  carry(request: IncomingMessage, response: ServerResponse, listener: CarryListener): void {
    this.listeners.set(request, listener);
    try {
      this.proxy.web(request, response);
    } catch (problem) {
      listener.failed(problem instanceof Error ? problem : new Error(String(problem)));
    }
  }

  private onHead(answer: IncomingMessage, request: IncomingMessage, response: ServerResponse): void {
    const listener = this.listeners.get(request);
    answer.on("error", () => {
      listener?.broken();
      response.destroy();
    });
    answer.on("data", (chunk: Buffer) => listener?.chunk(chunk.length));
    if (listener?.head(answer) === false) answer.destroy();
  }
}
