import type { IncomingHttpHeaders, OutgoingHttpHeader } from "node:http";
import type { Socket } from "node:net";

/** A connection without a request is kept this long: longer than clients and front proxies keep theirs. */
export const KEEP_ALIVE_MS = 65_000;

/** Memory that a body is read straight into. */
export interface BodySink {
  /** Where the next bytes go: room for one at least, and for no more than `most`. */
  room(most: number): Uint8Array;
  /** So many lie there now. False when no more are wanted. */
  arrived(bytes: number): boolean;
  /** All of the body is there. */
  ended(): void;
}

/**
 * A request as the steps of its handling use it. Node's own `IncomingMessage` is one; the lane of model traffic has a smaller one
 * that says the same words.
 */
export interface CallerRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** The announced length of the body, where it is not among the headers. */
  readonly bodyBytes?: number;
  /** All of the body has arrived. */
  readonly complete: boolean;
  readonly socket: Socket;
  /** Lays the body into memory without a copy. Where it is missing the body comes as `data`. */
  fill?(intake: BodySink): void;
  on(event: "data", listener: (chunk: Buffer) => void): unknown;
  on(event: "end" | "close", listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** The answer to it, as far as the steps write it; Node's `ServerResponse` is one. */
export interface CallerResponse {
  statusCode: number;
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  /** All of it is with the operating system. */
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
  end(bytes?: Uint8Array | string): unknown;
  destroy(): unknown;
  /** `probe`: a good moment to write something, to find out whether the caller still listens. */
  emit(event: "probe"): unknown;
  on(event: "drain" | "close" | "finish" | "probe", listener: () => void): unknown;
  on(event: "error", listener: (problem: Error) => void): unknown;
}
