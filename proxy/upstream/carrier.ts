import type { IncomingMessage, ServerResponse } from "node:http";
import { type Agent, Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import httpProxy from "http-proxy";
import { drain } from "../server/refuse.ts";
import type { Breaker } from "./breaker.ts";
import { answerFailureOf, connectFailureOf, type UpstreamFailure } from "./failure.ts";

/** What a carried request tells its owner. */
export interface CarryListener {
  /** The answer's head may still be changed. Return false when the request was answered otherwise. */
  head(answer: IncomingMessage): boolean;
  chunk(bytes: number): void;
  /** No answer came. */
  failed(problem: UpstreamFailure): void;
  /** The answer broke off in its middle; the caller's side was cut too. */
  broken(): void;
}

interface CarrierOptions {
  changeOrigin: boolean;
  timeoutMs: number;
  connectMs: number;
  /** Shared with whoever else connects to the same origin. */
  breaker?: Breaker | null;
}

class ConnectTimeout extends Error {
  readonly code = "ERR_CONNECT_TIMEOUT";
}

/**
 * Carries whole requests to one fixed origin, body and all, through `http-proxy`: the console, and model endpoints
 * whose bodies are not ours to read. The library is given only what the guard has let through.
 */
export class Carrier {
  private readonly proxy: httpProxy;
  private readonly kept: Agent;
  /**
   * Connections for one request each: for those with a body. A server may answer before it has read the body, and say nothing
   * about the rest that lies in front of the next request. No other request is ever put behind a body.
   */
  private readonly single: Agent;
  private readonly breaker: Breaker | null;
  private readonly listeners = new WeakMap<IncomingMessage, CarryListener>();
  /** Requests whose connection is still being made. */
  private readonly connecting = new WeakSet<IncomingMessage>();

  constructor(url: URL, { changeOrigin, timeoutMs, connectMs, breaker = null }: CarrierOptions) {
    this.breaker = breaker;
    const isSecure = url.protocol === "https:";
    const NewAgent = isSecure ? HttpsAgent : HttpAgent;
    this.kept = new NewAgent({ keepAlive: true, maxFreeSockets: 64, scheduling: "lifo" });
    this.single = new NewAgent({ keepAlive: false });
    this.proxy = httpProxy.createProxyServer({
      target: url.origin + url.pathname.replace(/\/(v1\/?)?$/, ""),
      changeOrigin,
      secure: true,
      xfwd: false,
      followRedirects: false,
      proxyTimeout: timeoutMs,
    });
    this.proxy.on("proxyReq", (outgoing, request, response) => {
      // The library notices only callers that leave while still sending.
      response.on("close", () => outgoing.destroy());
      // The library tells of the request when it has its socket.
      const { socket } = outgoing;
      socket?.setNoDelay(true);
      if (socket?.connecting) this.watchConnecting(request, socket, isSecure, connectMs);
      request.on("error", () => outgoing.destroy());
    });
    this.proxy.on("proxyRes", (answer, request, response) => this.onHead(answer, request, response));
    this.proxy.on("error", (problem, request) => this.onError(problem, request));
  }

  /**
   * Throws while the breaker is open; whatever else goes wrong is told to the listener. `body`: what was read of the request
   * already, all of it; without it the body goes on as it comes.
   */
  carry(request: IncomingMessage, response: ServerResponse, listener: CarryListener, body: Buffer | null = null): void {
    this.breaker?.guard();
    this.listeners.set(request, listener);
    const agent = body === null && isWithoutBody(request) ? this.kept : this.single;
    try {
      this.proxy.web(request, response, body === null ? { agent } : { agent, buffer: Readable.from([body]) });
    } catch (problem) {
      listener.failed(answerFailureOf(problem instanceof Error ? problem : new Error(String(problem))));
    }
  }

  private watchConnecting(request: IncomingMessage, socket: Socket, isSecure: boolean, connectMs: number): void {
    this.connecting.add(request);
    const timer = setTimeout(() => socket.destroy(new ConnectTimeout()), connectMs);
    socket.once("close", () => clearTimeout(timer));
    socket.once(isSecure ? "secureConnect" : "connect", () => {
      clearTimeout(timer);
      this.connecting.delete(request);
      this.breaker?.connected();
    });
  }

  private onError(problem: Error, request: IncomingMessage): void {
    const listener = this.listeners.get(request);
    if (!this.connecting.has(request)) {
      listener?.failed(answerFailureOf(problem));
      return;
    }
    // A caller who left while it was being made has ended it: that says nothing about the provider.
    if (!request.socket.destroyed) this.breaker?.failed();
    listener?.failed(connectFailureOf(problem));
  }

  private onHead(answer: IncomingMessage, request: IncomingMessage, response: ServerResponse): void {
    const listener = this.listeners.get(request);
    answer.on("error", () => {
      listener?.broken();
      response.destroy();
    });
    answer.on("data", (chunk: Buffer) => listener?.chunk(chunk.length));
    const isEarly = !request.complete;
    if (isEarly) endWithUnread(request, response);
    if (listener?.head(answer) === false) answer.destroy();
    // The rest of the body would be taken for the caller's next request; and who asks for the end gets it.
    else if (isEarly || !response.shouldKeepAlive) answer.headers.connection = "close";
  }
}

/** Methods whose requests the guard lets through without a body or with an announced one only. */
const BODYLESS = new Set(["GET", "HEAD", "DELETE"]);

function isWithoutBody({ method = "", headers }: IncomingMessage): boolean {
  return BODYLESS.has(method) && Number(headers["content-length"] ?? 0) === 0;
}

/** The answer is ahead of the body: what is still to come when it ends is read and dropped, so that the answer is not lost to a reset. */
function endWithUnread(request: IncomingMessage, response: ServerResponse): void {
  const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
  response.end = ((...args: unknown[]) => {
    response.end = end as typeof response.end;
    if (request.complete) return end(...args);
    request.unpipe();
    drain(request, () => end(...args));
    return response;
  }) as typeof response.end;
}
