import type { IncomingHttpHeaders, OutgoingHttpHeader } from "node:http";
import type { Socket } from "node:net";

/** Keep-alive timeout of a connection without a request: longer than clients and front proxies keep theirs. */
export const KEEP_ALIVE_MS = 65_000;

/** Memory that a body is read straight into. */
export interface BodySink {
  /** The buffer for the next bytes: at least one byte, and at most `most`. */
  room(most: number): Uint8Array;
  /** Reports the bytes written to it. False when no more are wanted. */
  arrived(bytes: number): boolean;
  /** The body is complete. */
  ended(): void;
}

/**
 * A request as the steps of its handling use it. Node's own `IncomingMessage` is one; the fast path has a smaller one
 * with the same members.
 */
export interface CallerRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** The announced length of the body, where it is not among the headers. */
  readonly bodyBytes?: number;
  /** Whether all of the body has arrived. */
  readonly complete: boolean;
  readonly socket: Socket;
  /** Reads the body into memory without a copy. Where it is missing the body arrives as `data`. */
  fill?(intake: BodySink): void;
  on(event: "data", listener: (chunk: Buffer) => void): unknown;
  on(event: "end" | "close", listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** The response, as far as the steps write it; Node's `ServerResponse` is one. */
export interface CallerResponse {
  statusCode: number;
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  /** Whether the operating system has all of it. */
  readonly writableFinished: boolean;
  readonly writableNeedDrain: boolean;
  setHeader(name: string, value: number | string | readonly string[]): unknown;
  removeHeader(name: string): void;
  getHeaderNames(): string[];
  writeHead(status: number, headers: Record<string, OutgoingHttpHeader>): unknown;
  flushHeaders(): void;
  /** Sends `100 Continue`. Only before the head. */
  writeContinue(): unknown;
  write(bytes: Uint8Array | string): boolean;
  /**
   * Holds writes until `sendHeldWrites` of the same turn, so that they leave in one piece. Missing in Node's response,
   * whose `cork` is no substitute: in Node 22 an `end` in between puts the end of the body before what is corked.
   */
  holdWrites?(): void;
  sendHeldWrites?(): void;
  end(bytes?: Uint8Array | string): unknown;
  destroy(): unknown;
  /** `probe`: a good moment to write something, to find out whether the caller still reads. */
  emit(event: "probe"): unknown;
  on(event: "drain" | "close" | "finish" | "probe", listener: () => void): unknown;
  on(event: "error", listener: (problem: Error) => void): unknown;
}
