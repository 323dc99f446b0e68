// Long because every way in which a carried request can end is decided here, against the others.

import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import { type Agent, Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import httpProxy from "http-proxy";
import { containThrows } from "../server/contain-throws.ts";
import { drain } from "../server/refuse.ts";
import type { Breaker } from "./breaker.ts";
import { toAnswerFailure, toConnectFailure, type UpstreamFailure } from "./failure.ts";

/** Callbacks of a carried request. */
export interface CarryListener {
  /**
   * Called with the head of the response, which may still be changed. Return false when the caller has a response
   * already.
   */
  head(answer: IncomingMessage): boolean;
  chunk(bytes: number): void;
  /** Called when no response arrived. */
  failed(problem: UpstreamFailure): void;
  /** Called when the response ended in its middle; the caller's connection was cut too. */
  broken(): void;
  /** Called when nothing more comes from the server, however it ended: also where the caller has left. */
  done?(): void;
}

interface CarrierOptions {
  changeOrigin: boolean;
  timeoutMs: number;
  connectMs: number;
  /**
   * Whether a whole request goes on to the head of its answer when the caller leaves. It is meant for a server that
   * works on all the same, so that `done` says when it is free again.
   */
  outlivesCaller?: boolean;
  /** Breaker shared by all clients of the same origin. */
  breaker?: Breaker | null;
  /** Reports what a listener threw. Its request has ended; the process goes on. */
  onThrow?: (problem: unknown) => void;
}

/** One carried request in progress. */
interface Carried {
  readonly listener: CarryListener;
  readonly response: ServerResponse;
  /** Nothing more of the request is sent on than `carry` was given, whether or not all of it arrived. */
  readonly isWhole: boolean;
  /** The head of the response was taken over: from here on its own events report how it ends. */
  hasHead: boolean;
  /** The caller received another response: the listener was called, once, because no usable one arrives. */
  hasFailed: boolean;
}

class ConnectTimeout extends Error {
  readonly code = "ERR_CONNECT_TIMEOUT";
}

/** The head of the response cannot be passed on. */
class UnusableHead extends Error {
  readonly code = "ERR_ANSWER_FORMAT";
}

class BrokenOff extends Error {
  readonly code = "ECONNRESET";
}

/** Statuses of final responses (RFC 9110, section 15). Our own reader of responses takes no others either. */
const STATUS_MIN = 200;
const STATUS_MAX = 599;

/**
 * Carries whole requests, body included, to one fixed origin through `http-proxy`. The origin is the console, or model
 * endpoints whose bodies are not ours to read. The library receives only what the guard has let through.
 */
export class Carrier {
  private readonly proxy: httpProxy;
  private readonly kept: Agent;
  /**
   * Agent with one connection per request, for requests with a body. A server may respond before it has read the body,
   * and leave the rest in front of the next request. No other request is ever put behind a body.
   */
  private readonly single: Agent;
  private readonly breaker: Breaker | null;
  private readonly carried = new WeakMap<IncomingMessage, Carried>();
  /** Requests whose connection is still being made. */
  private readonly connecting = new WeakSet<IncomingMessage>();

  private readonly onThrow: (problem: unknown) => void;

  constructor(url: URL, options: CarrierOptions) {
    const { changeOrigin, timeoutMs, connectMs, outlivesCaller = false, breaker = null, onThrow = () => {} } = options;
    this.breaker = breaker;
    this.onThrow = onThrow;
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
      // Leave the head of a response to `onHead` alone. The library would copy a status and a reason that Node throws
      // at.
      selfHandleResponse: true,
      proxyTimeout: timeoutMs,
    });
    this.proxy.on("proxyReq", (outgoing, request, response) => {
      const carried = this.carried.get(request);
      if (carried !== undefined) this.watchOutgoing(outgoing, request, carried);
      // The library notices only callers that leave while still sending. Who has an answer of ours has not left.
      const leave = () => {
        const isWhole = carried?.isWhole === true || request.complete;
        const goesOn = outlivesCaller && isWhole && carried?.hasHead === false && !response.writableFinished;
        if (!goesOn) outgoing.destroy();
      };
      response.on("close", leave);
      // The library reports the request when it has its socket.
      const { socket } = outgoing;
      socket?.setNoDelay(true);
      if (socket?.connecting) this.watchConnecting(request, socket, isSecure, connectMs);
      request.on("error", leave);
    });
    this.proxy.on("proxyRes", (answer, request, response) => this.onHead(answer, request, response));
    this.proxy.on("error", (problem, request) => this.onError(problem, request));
  }

  /**
   * Carries a request. Throws while the breaker is open; every other failure is reported to the listener. `body`: what
   * is sent of the request's body, all of it; without it the body is streamed.
   */
  carry(request: IncomingMessage, response: ServerResponse, listener: CarryListener, body: Buffer | null = null): void {
    this.breaker?.guard();
    const carried: Carried = { listener, response, isWhole: body !== null, hasHead: false, hasFailed: false };
    this.carried.set(request, carried);
    const agent = body === null && isWithoutBody(request) ? this.kept : this.single;
    try {
      if (body === null) this.proxy.web(request, response, { agent });
      else unbound(request, () => this.proxy.web(request, response, { agent, buffer: Readable.from([body]) }));
    } catch (problem) {
      fail(carried, toAnswerFailure(problem instanceof Error ? problem : new Error(String(problem))));
    }
  }

  /** Reports every ending of the request to the listener and contains everything that is thrown. */
  private watchOutgoing(outgoing: ClientRequest, request: IncomingMessage, carried: Carried): void {
    containThrows(outgoing, (problem) => this.contain(problem, carried));
    // Without a listener Node destroys the request and reports nothing.
    outgoing.once("upgrade", (_answer, socket) => {
      socket.destroy();
      fail(carried, toAnswerFailure(new UnusableHead("the answer changes the protocol")));
    });
    outgoing.once("close", () => {
      carried.listener.done?.();
      if (!request.socket.destroyed) fail(carried, toAnswerFailure(new BrokenOff("no answer came")));
    });
  }

  private contain(problem: unknown, carried: Carried): void {
    this.onThrow(problem);
    if (carried.hasHead || carried.hasFailed) carried.response.destroy();
    else fail(carried, toAnswerFailure(new UnusableHead(String(problem))));
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
    const carried = this.carried.get(request);
    if (carried === undefined) return;
    if (!this.connecting.has(request)) {
      fail(carried, toAnswerFailure(problem));
      return;
    }
    // A caller who left during the connect has ended it: that is no evidence about the provider.
    if (!request.socket.destroyed) this.breaker?.failed();
    fail(carried, toConnectFailure(problem));
  }

  private onHead(answer: IncomingMessage, request: IncomingMessage, response: ServerResponse): void {
    const carried = this.carried.get(request);
    // Drop the response when the request was refused in the meantime, as a too large body is. The caller has a response
    // already, and this one is too late.
    if (carried === undefined || carried.hasFailed || response.headersSent) {
      answer.destroy();
      return;
    }
    try {
      this.takeOver(answer, request, carried);
    } catch (problem) {
      answer.destroy();
      carried.hasHead = false;
      for (const name of response.getHeaderNames()) if (!response.headersSent) response.removeHeader(name);
      if (!(problem instanceof UnusableHead)) this.onThrow(problem);
      fail(carried, toAnswerFailure(new UnusableHead(String(problem))));
    }
  }

  /**
   * The one place where the head of a carried response is taken over. Throws where it cannot be written as it is. The
   * reason phrase is ours, like every other word of the status line.
   */
  private takeOver(answer: IncomingMessage, request: IncomingMessage, carried: Carried): void {
    const { listener, response } = carried;
    const { statusCode = 0 } = answer;
    if (statusCode < STATUS_MIN || statusCode > STATUS_MAX) throw new UnusableHead("the answer has no valid status");
    carried.hasHead = true;
    containThrows(answer, (problem) => this.contain(problem, carried));
    answer.on("error", () => {
      if (carried.hasFailed) return;
      listener.broken();
      response.destroy();
    });
    answer.on("data", (chunk: Buffer) => listener.chunk(chunk.length));
    const isEarly = !request.complete;
    if (isEarly) endWithUnread(request, response);
    if (listener.head(answer) === false) {
      carried.hasFailed = true;
      answer.destroy();
      return;
    }
    const { headers } = answer;
    // Close the connection when the rest of the body is unread, or when the caller asks for it. The rest would be taken
    // for the caller's next request.
    const closes = isEarly || !response.shouldKeepAlive || request.httpVersion === "1.0";
    for (const name in headers) {
      const value = headers[name];
      if (value !== undefined && name !== "connection") response.setHeader(name, value);
    }
    response.setHeader("connection", closes ? "close" : "keep-alive");
    response.statusCode = statusCode;
    answer.pipe(response);
  }
}

/**
 * Calls the library so that a request which breaks off does not end what is carried. Nothing more of it is sent on, and
 * `leave` decides.
 */
function unbound(request: IncomingMessage, carry: () => void): void {
  const names = ["aborted", "error"];
  const before = names.map((name) => new Set(request.listeners(name)));
  carry();
  names.forEach((name, at) => {
    for (const listener of request.listeners(name))
      if (!before[at]?.has(listener)) request.off(name, listener as (...args: unknown[]) => void);
  });
}

/** Reports to the listener that no response arrives, once, and only while none has arrived. */
function fail(carried: Carried, failure: UpstreamFailure): void {
  if (carried.hasHead || carried.hasFailed) return;
  carried.hasFailed = true;
  // A refused caller already has a response.
  if (!carried.response.headersSent) carried.listener.failed(failure);
}

/** Methods whose requests the guard lets through without a body or with an announced one only. */
const BODYLESS = new Set(["GET", "HEAD", "DELETE"]);

function isWithoutBody({ method = "", headers }: IncomingMessage): boolean {
  return BODYLESS.has(method) && Number(headers["content-length"] ?? 0) === 0;
}

/** Drains what is left of the body when the response ends before it. The response is then not lost to a reset. */
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
