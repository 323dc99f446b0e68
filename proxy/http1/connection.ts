import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { ResponseReader } from "./response-reader.ts";

/** Callbacks of one request. None is called after `ended` or `failed`. */
export interface ResponseHandler {
  answered(status: number, headers: IncomingHttpHeaders): void;
  received(bytes: Buffer): void;
  ended(): void;
  failed(problem: Error): void;
}

export interface Waits {
  firstByteMs: number;
  idleMs: number;
}

/** Callbacks of a connection for its pool. */
interface ConnectionOwner {
  isFree(connection: Connection): void;
  isGone(connection: Connection): void;
}

/** One kept-alive connection to the provider: one request at a time, and nothing is ever sent twice. */
export class Connection {
  /** Time of its last release, on the monotonic clock. */
  freeSince = 0;
  private readonly socket: Socket;
  private readonly listener: ConnectionOwner;
  private handler: ResponseHandler | null = null;
  private reader: ResponseReader | null = null;
  private hasHead = false;
  private lastByteAt = 0;

  constructor(socket: Socket, listener: ConnectionOwner) {
    this.socket = socket;
    this.listener = listener;
    socket.on("end", () => this.close(null));
    socket.on("error", (problem) => this.close(problem));
    socket.on("close", () => this.close(null));
  }

  /** Sends one request. `parts` are not copied: they stay untouched until `isSent`. */
  send(method: string, parts: readonly Uint8Array[], handler: ResponseHandler): void {
    this.handler = handler;
    this.hasHead = false;
    this.lastByteAt = performance.now();
    this.reader = new ResponseReader(method, {
      head: (status, headers) => {
        this.hasHead = true;
        handler.answered(status, headers);
      },
      body: (bytes) => handler.received(bytes),
      end: (isReusable) => this.finish(isReusable),
    });
    const { socket } = this;
    if (parts.length > 1) socket.cork();
    for (const part of parts) socket.write(part);
    if (parts.length > 1) socket.uncork();
  }

  get isSent(): boolean {
    return this.socket.writableLength === 0;
  }

  get isPaused(): boolean {
    return this.socket.isPaused();
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    if (!this.socket.isPaused()) return;
    this.lastByteAt = performance.now();
    this.socket.resume();
  }

  /** Cancels the request: the provider stops working. */
  abort(problem: Error): void {
    this.close(problem);
  }

  /** Checks the timeouts, at intervals: ends a request whose response does not arrive, or has stopped arriving. */
  checkWaits(now: number, { firstByteMs, idleMs }: Waits): void {
    if (this.handler === null || this.isPaused) return;
    const waited = now - this.lastByteAt;
    if (!this.hasHead && waited > firstByteMs) this.close(new SilenceProblem("ERR_FIRST_BYTE_TIMEOUT"));
    else if (this.hasHead && waited > idleMs) this.close(new SilenceProblem("ERR_IDLE_TIMEOUT"));
  }

  /** Handles a read of the socket. The bytes are the reader's own from here on. */
  read(bytes: Buffer): void {
    this.lastByteAt = performance.now();
    // No request is open: the next response could not be separated from these bytes.
    if (this.reader === null) {
      this.close(null);
      return;
    }
    try {
      this.reader.push(bytes);
    } catch (problem) {
      this.close(problem as Error);
    }
  }

  private finish(isReusable: boolean): void {
    const { handler, socket } = this;
    this.handler = null;
    this.reader = null;
    // A provider that responded without reading all of the request would take the rest of it for the next one.
    if (isReusable && this.isSent && !socket.destroyed && socket.writable) {
      socket.resume();
      this.listener.isFree(this);
    } else socket.destroy();
    handler?.ended();
  }

  private close(problem: Error | null): void {
    const { handler } = this;
    let reason = problem;
    try {
      if (problem === null && this.reader?.closed() === true) return;
    } catch (thrown) {
      reason = thrown as Error;
    }
    this.handler = null;
    this.reader = null;
    this.socket.destroy();
    this.listener.isGone(this);
    handler?.failed(reason ?? new BrokenOff("the provider closed the connection"));
  }
}

/** No byte arrived within the timeout. */
class SilenceProblem extends Error {
  readonly code: "ERR_FIRST_BYTE_TIMEOUT" | "ERR_IDLE_TIMEOUT";

  constructor(code: "ERR_FIRST_BYTE_TIMEOUT" | "ERR_IDLE_TIMEOUT") {
    super("the provider is silent");
    this.code = code;
  }
}

class BrokenOff extends Error {
  readonly code = "ECONNRESET";
}
